"""T on a line from the identity: how likely the labels are at each noise rate along it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.optimize import minimize
from scipy.special import softmax

from ._arrays import Array, Codes
from ._likelihood import MAX_ROUNDS, ROUGH_TOLERANCE, LikelihoodFit, map_penalty

# Where on the line, as shares of its length, the map to clean posteriors is fitted. Between them
# the likelihood is interpolated, in steps of the noise rate.
SHARES = (0.02, 0.06, 0.14, 0.24, 0.36, 0.5, 0.65, 0.82, 1.0)
STEP = 0.005
# Features that tell little of the classes are unlikely, since then nobody would ask.
POWER_OF_EXPLAINED = 2.0
# Shares tried near the likeliest of these, until they move by less.
FURTHER, CLOSE = 3, 0.003


class Direction(NamedTuple):
    """A T at the end of a line from the identity, and what is believed of it in advance.

    `belief` is the probability that T lies on the line, `at_end` that it is the end, given that
    there is noise; `is_free` says that the entries of the end were fitted to labels, of which the
    rows that the likelihood sees are the share `fitted_to`, and `price` what its evidence pays
    otherwise. The belief is multiplied by a power of how much the features tell of the classes.
    """

    end: Array
    belief: float
    at_end: float = 0.0
    is_free: bool = True
    fitted_to: float = 1.0
    price: float = 0.0
    power: float = POWER_OF_EXPLAINED


class Line(NamedTuple):
    """What the labels say of ``T = I + share (end - I)``, at shares from 0 to 1.

    `rates` are noise rates, `log_likelihoods` those of the labels, `explained` the shares of the
    entropy of the clean classes that the posteriors take away, and `counts` the expected rows by
    clean class and noisy label at the likeliest share.
    """

    direction: Direction
    shares: Array
    rates: Array
    log_likelihoods: Array
    explained: Array
    counts: Array

    def transition_matrices(self) -> Array:
        """T at each share."""
        end = self.direction.end
        eye = np.eye(len(end))
        return np.asarray(eye + self.shares[:, None, None] * (end - eye))


class _Told(NamedTuple):
    rate: float
    log_likelihood: float
    explained: float


class LabelledRanks(NamedTuple):
    """Logits of the ranks of the noisy posteriors, noisy labels, and weights."""

    h: Array
    y: Codes
    weights: Array


def line_to(direction: Direction, rows: LabelledRanks, at_identity: LikelihoodFit) -> Line:
    """Fit the clean posteriors at some T between the identity and an end, each from the last."""
    end = direction.end
    eye = np.eye(len(end))
    shares, fits, told = [0.0], [at_identity], [_told(at_identity, rows)]

    def insert(place: int, share: float) -> None:
        fit = given_transition_matrix(eye + share * (end - eye), rows, fits[place - 1])
        shares.insert(place, share)
        fits.insert(place, fit)
        told.insert(place, _told(fit, rows))

    for share in SHARES:
        insert(len(shares), share)
    for _ in range(FURTHER):
        best = int(np.argmax([t.log_likelihood for t in told]))
        if not 0 < best < len(shares) - 1:
            break
        near = slice(best - 1, best + 2)
        top = _vertex(shares[near], [t.log_likelihood for t in told[near]])
        if abs(top - shares[best]) < CLOSE:
            break
        insert(best + int(top > shares[best]), top)
    rates, log_likelihoods, explained = (np.array(column) for column in zip(*told, strict=True))
    fine = np.linspace(0, 1, 1 + max(len(SHARES), int(np.ceil(rates.max() / STEP))))
    fine = np.union1d(fine, shares)
    best = int(log_likelihoods.argmax())
    return Line(
        direction,
        fine,
        np.interp(fine, shares, rates),
        PchipInterpolator(shares, log_likelihoods)(fine),
        np.interp(fine, shares, explained),
        fits[best].rows_by_class(*rows),
    )


def _vertex(x: list[float], y: list[float]) -> float:
    """Where the parabola through three points, the middle one highest, is largest."""
    left, right = (x[1] - x[0]) * (y[1] - y[2]), (x[1] - x[2]) * (y[1] - y[0])
    if left - right <= 0:
        return x[1]
    return x[1] - ((x[1] - x[0]) * left - (x[1] - x[2]) * right) / (left - right) / 2


def given_transition_matrix(T: Array, rows: LabelledRanks, start: LikelihoodFit) -> LikelihoodFit:
    """The map to clean posteriors of the largest penalised likelihood, with T fixed."""
    K, weights = len(T), rows.weights / rows.weights.sum()
    arguments = rows.h, rows.y, weights, T, 1 / float(rows.weights.sum())
    result = minimize(
        _loss_and_gradient,
        np.concatenate([start.coef.ravel(), start.intercept]),
        args=arguments,
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ROUNDS, "ftol": ROUGH_TOLERANCE},
    )
    coef, intercept = np.split(result.x, [K * K])
    return LikelihoodFit(T, coef.reshape(K, K), intercept)


def _loss_and_gradient(
    parameters: Array, h: Array, y: Codes, weights: Array, T: Array, a_row: float
) -> tuple[float, Array]:
    K = h.shape[1]
    coef, intercept = parameters[: K * K].reshape(K, K), parameters[K * K :]
    p = softmax(h @ coef.T + intercept, axis=1)
    joint = p * T.T[y]
    given = joint.sum(axis=1).clip(min=1e-300)
    joint *= (weights / given)[:, None]
    penalty, of_coef, of_intercept = map_penalty(coef, intercept)
    residual = p * weights[:, None] - joint
    by_coef, by_intercept = residual.T @ h + a_row * of_coef, residual.sum(axis=0)
    loss = a_row * penalty - float(weights @ np.log(given))
    return loss, np.concatenate([by_coef.ravel(), by_intercept + a_row * of_intercept])


def _told(fit: LikelihoodFit, rows: LabelledRanks) -> _Told:
    T, p, weights = fit.transition_matrix, fit.clean_proba(rows.h), rows.weights
    given = (p * T.T[rows.y]).sum(axis=1).clip(min=1e-300)
    prior = np.average(p, axis=0, weights=weights)
    left = float(np.average(_entropy(p), weights=weights))
    return _Told(
        float(prior @ (1 - T.diagonal())),
        float(weights @ np.log(given)),
        1 - left / max(float(_entropy(prior[None])[0]), 1e-12),
    )


def _entropy(p: Array) -> Array:
    return np.asarray(-(p * np.log(p.clip(min=1e-300))).sum(axis=1))
