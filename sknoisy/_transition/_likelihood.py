"""Method "likelihood": T and a map to clean posteriors, fitted together to the noisy labels."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import softmax

from .._hints import SEE_ERRORS
from ._arrays import Array, Codes, ten_digits
from ._count import count_estimate
from ._estimate import Bootstrap, Estimate, NoisyRows, Options
from ._identification import TradeOff, identification_doubt, trade_off
from ._likelihood_prior import STRONGEST, Prior, penalty, prior_of

# Penalties in units of a row's log-likelihood: on the squared entries of W off the diagonal, and
# on b and the spread of W's diagonal, without which ranks cannot follow classes of unlike shape.
RIDGE = 8.0
SMALL_RIDGE = 0.1
MAX_ROUNDS = 300
TOLERANCE = 1e-7  # Of the mean log-likelihood: far below its sampling error.
ROUGH_TOLERANCE = 1e-6  # The same for samples of the rows, to save time.
PRIOR_ROUNDS = 2
# Time grows with the cube of their number: half a minute for a hundred.
MOST_CLASSES = 100


class LikelihoodFit(NamedTuple):
    """T, W and b of the largest penalised likelihood, and the prior of T.

    The model is ``p = softmax(W h + b)`` and ``P(noisy = j | x) = (p @ T)_j``, with h of
    `rank_logits`. `sknoisy.metrics.fit_noise_model` says why that identifies T.
    """

    transition_matrix: Array
    coef: Array
    intercept: Array
    prior: Prior = STRONGEST

    @classmethod
    def starting_at(cls, transition_matrix: Array) -> LikelihoodFit:
        K = len(transition_matrix)
        return cls(transition_matrix, 2 * np.eye(K), np.zeros(K))

    def in_order(self, classes: NDArray[np.intp]) -> LikelihoodFit:
        """With its classes in another order."""
        both = np.ix_(classes, classes)
        T, coef, intercept, prior = self
        return LikelihoodFit(T[both], coef[both], intercept[classes], prior)

    def clean_proba(self, h: Array) -> Array:
        """Posteriors p of the clean labels."""
        return np.asarray(softmax(h @ self.coef.T + self.intercept, axis=1))

    def rows_by_class(self, h: Array, y: Codes, weights: Array) -> Array:
        """Expected number of rows by clean class and noisy label."""
        T = self.transition_matrix
        joint = self.clean_proba(h) * T.T[y]
        joint /= joint.sum(axis=1, keepdims=True).clip(min=1e-300)
        return (joint * weights[:, None]).T @ np.eye(len(T))[y]

    def trade_off(self, h: Array, weights: Array) -> TradeOff:
        """How far noise and overlap of the classes can trade."""
        return trade_off(self.clean_proba(h), h @ self.coef.T, self.transition_matrix, weights)


def check_number_of_classes(n_classes: int) -> None:
    """Raise a ValueError if the fit would take hours."""
    if n_classes > MOST_CLASSES:
        raise ValueError(
            f'The likelihood (method="likelihood", fit_noise_model) takes at most {MOST_CLASSES} '
            f"classes: its time grows with the cube of their number; got {n_classes}. Choose "
            'method="auto" or "count".'
            f" {SEE_ERRORS}"
        )


def likelihood_estimate(rows: NoisyRows, options: Options) -> Estimate:
    """T of `fit_likelihood`; classes without a label keep their row of the identity."""
    seen = np.bincount(rows.y, rows.weights, minlength=rows.proba.shape[1]) > 0
    if seen.sum() < 2:
        return Estimate(np.eye(len(seen)), np.zeros(len(seen)))
    # Not divided by sums of 1 where all are seen: rounding would break ties between rows.
    sample = rows if seen.all() else rows.among(seen)
    weights = sample.weights
    h = rank_logits(sample.proba, *sorted_columns(sample.proba, weights))
    fit = fit_likelihood(h, sample.y, weights, count_estimate(sample, options).transition_matrix)
    doubt = identification_doubt(fit.trade_off(h, weights))
    n_examples = fit.rows_by_class(h, sample.y, weights).sum(axis=1)
    return Estimate(
        fit.transition_matrix,
        n_examples,
        details=(fit, seen),
        doubts=() if doubt is None else (doubt,),
    ).among_all(seen)


def resampled_likelihood(bootstrap: Bootstrap) -> list[Array]:
    """T of bootstrap samples, from the T of all rows, with ranks and prior those of all rows."""
    rows, (T, _, _, details, *_), _, drawn, _ = bootstrap
    if details is None:  # A single class has a label.
        return [T for _ in drawn]
    fit, seen = details
    T = T[np.ix_(seen, seen)]
    rows = rows if seen.all() else rows.among(seen)
    h = rank_logits(rows.proba, *sorted_columns(rows.proba, rows.weights))
    n_rows = float(rows.weights.sum())
    samples = []
    for weights in drawn:
        kept = np.flatnonzero(weights)
        sample = maximised(
            fit._replace(transition_matrix=T),
            h[kept],
            rows.y[kept],
            weights[kept],
            n_rows=n_rows,
            tolerance=ROUGH_TOLERANCE,
        )
        among_seen = Estimate(sample.transition_matrix, T.diagonal())
        samples.append(among_seen.among_all(seen).transition_matrix)
    return samples


def fit_likelihood(h: Array, y: Codes, weights: Array, start: Array) -> LikelihoodFit:
    """T, W and b of the largest likelihood, and the prior of T that the rows make likeliest.

    `h` is that of `rank_logits`, and `start` the T to start from, which tells its rows apart.
    """
    fit = maximised(LikelihoodFit.starting_at(start), h, y, weights)
    for _ in range(PRIOR_ROUNDS):
        prior = prior_of(fit.rows_by_class(h, y, weights))
        if prior == fit.prior:
            break
        fit = maximised(fit._replace(prior=prior), h, y, weights)
    return fit


def maximised(
    start: LikelihoodFit,
    h: Array,
    y: Codes,
    weights: Array,
    *,
    n_rows: float | None = None,
    tolerance: float = TOLERANCE,
) -> LikelihoodFit:
    """T, W and b of the largest penalised likelihood with the prior of `start`, by L-BFGS.

    `n_rows` is what the penalties are measured against; default the sum of the weights.
    """
    K = len(start.transition_matrix)
    # The logarithm of a zero in T has no finite start; 1e-3 of a row's mass can still vanish.
    log_T = np.log(start.transition_matrix.clip(min=1e-3))
    n_rows = float(weights.sum()) if n_rows is None else n_rows
    weights = weights / weights.sum()
    result = minimize(
        _loss_and_gradient,
        np.concatenate([start.coef.ravel(), start.intercept, log_T.ravel()]),
        args=(h, y, np.eye(K)[y], weights, 1 / n_rows, start.prior),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": MAX_ROUNDS, "ftol": tolerance},
    )
    coef, intercept, log_T = _unpacked(result.x, K)
    return LikelihoodFit(np.asarray(softmax(log_T, axis=1)), coef, intercept, start.prior)


def _unpacked(parameters: Array, K: int) -> tuple[Array, Array, Array]:
    coef, intercept, log_T = np.split(parameters, [K * K, K * K + K])
    return coef.reshape(K, K), intercept, log_T.reshape(K, K)


def _loss_and_gradient(
    parameters: Array, h: Array, y: Codes, label: Array, weights: Array, a_row: float, prior: Prior
) -> tuple[float, Array]:
    """`label` are the labels y as rows of the identity, `a_row` the weight of one row."""
    K = h.shape[1]
    coef, intercept, log_T = _unpacked(parameters, K)
    p, T = softmax(h @ coef.T + intercept, axis=1), softmax(log_T, axis=1)
    joint = p * T.T[y]
    given = joint.sum(axis=1).clip(min=1e-300)
    joint *= (weights / given)[:, None]  # Posterior of the clean label, times the weight.
    counts = joint.T @ label
    of_map, of_coef, of_intercept = map_penalty(coef, intercept)
    of_T, of_T_by_log_T = penalty(log_T, prior)
    loss = a_row * (of_map + of_T) - (weights @ np.log(given))
    residual = p * weights[:, None] - joint
    by_coef = residual.T @ h + a_row * of_coef
    by_intercept = residual.sum(axis=0) + a_row * of_intercept
    by_log_T = counts.sum(axis=1, keepdims=True) * T - counts + a_row * of_T_by_log_T
    return float(loss), np.concatenate([by_coef.ravel(), by_intercept, by_log_T.ravel()])


def map_penalty(coef: Array, intercept: Array) -> tuple[float, Array, Array]:
    """The penalty on the map from ranks to posteriors, in units of a row, and its gradients."""
    K = len(coef)
    off = coef - np.eye(K) * np.trace(coef) / K
    # The diagonal of `off` sums to zero, so that the gradient needs no correction.
    of_coef, of_intercept = np.where(np.eye(K), SMALL_RIDGE, RIDGE) * off, SMALL_RIDGE * intercept
    value = ((of_coef * off).sum() + of_intercept @ intercept) / 2
    return float(value), of_coef, of_intercept


def sorted_columns(noisy_proba: Array, weights: Array) -> tuple[Array, Array]:
    """Columns of posteriors, each sorted, and how much weight lies before each entry and at last.

    Of shapes (n_samples, n_classes) and (n_samples + 1, n_classes). Here and in `rank_logits`
    posteriors that agree in ten digits are equal.
    """
    noisy_proba = ten_digits(noisy_proba)
    order = np.argsort(noisy_proba, axis=0, kind="stable")
    mass = np.zeros((len(order) + 1, order.shape[1]))
    np.cumsum(weights[order], axis=0, out=mass[1:])
    return np.take_along_axis(noisy_proba, order, axis=0), mass


def rank_logits(noisy_proba: Array, reference: Array, mass: Array) -> Array:
    """Log-odds h of the ranks of posteriors among `sorted_columns`, centred over classes."""
    noisy_proba = ten_digits(noisy_proba)
    ranks = [
        below[np.searchsorted(others, column, "left")]
        + below[np.searchsorted(others, column, "right")]
        for column, others, below in zip(noisy_proba.T, reference.T, mass.T, strict=True)
    ]
    share = (np.array(ranks).T / 2 + 0.5) / (mass[-1] + 1)
    h = np.log(share) - np.log1p(-share)
    return h - h.mean(axis=1, keepdims=True)
