"""Scores from 100 trusted and 5,000 noisy rows: coverage of their intervals, width and bias.

    python examples/benchmarks/combined_scores.py --full --data-home DIR
    python examples/benchmarks/combined_scores.py report

`DIR` holds ``mnist/``. A classifier is trained on noisy labels; rows that it has not seen are the
population, from which 5,100 are drawn in each of 500 repetitions, with new noise. --quick takes
simulated classes only.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax
from scipy.stats import binomtest, t
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

import _selection_data as sources
from _experiments import Context, Study, main
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row

from sknoisy.metrics import denoise_proba, prediction_powered_score
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

N_TRUSTED, N_NOISY = 100, 5000
LEVEL = 0.95
WIDTH = 0.7
REPETITIONS = {"tiny": 20, "quick": 500, "full": 500}
SCORES = ("accuracy", "brier_score")
NOISES = {"symmetric 0.2": 0.2, "symmetric 0.4": 0.4, "pure noise": None}
# What the score is told of T and of the posteriors.
TOLD = ("T and posteriors", "T", "wrong T", "no T")
WRONG_RATE = 0.1
ALONE = ("coverage alone", "width alone", "error alone")
RESULTS = ("coverage", "width", "bias", "error", *ALONE, "bound")
COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/combined_scores.py"


class Population(NamedTuple):
    """Clean labels, and posteriors of the model that is scored."""

    y: NDArray[np.intp]
    proba: NDArray[np.float64]


def gaussian(n_classes: int, steepness: float, n: int = 100_000) -> Population:
    """Classes that overlap, with their true posteriors."""
    rng = np.random.default_rng(n_classes)
    y = rng.integers(n_classes, size=n)
    points = steepness * np.eye(n_classes)[y] + rng.normal(size=(n, n_classes))
    return Population(y, softmax(steepness * points, axis=1))


@cache
def population(name: str, context: Context) -> Population:
    if name == "2 classes, overlap":
        return gaussian(2, 1.2)
    if name == "10 classes":
        return gaussian(10, 2.9)
    if context.data_home is not None:
        os.environ["SKNOISY_DATA_HOME"] = str(context.data_home)
    data = sources.mnist(30_000)
    T = symmetric_transition_matrix(10, 0.2)
    train = np.arange(3000)
    noisy = corrupt_labels(data.y[train], T, random_state=0)
    clf = LogisticRegression(C=0.1, max_iter=200).fit(data.X[train], noisy)
    return Population(data.y[3000:], denoise_proba(clf.predict_proba(data.X[3000:]), T))


def grid(scale: str) -> list[dict[str, Any]]:
    names = ("2 classes, overlap", "10 classes") + (("MNIST",) if scale == "full" else ())
    return [
        {"data": name, "noise": noise, "told": told, "score": score}
        for name in (names if scale != "tiny" else names[:1])
        for noise in (NOISES if scale != "tiny" else ("symmetric 0.2",))
        for told in (TOLD if scale != "tiny" else TOLD[:1])
        for score in SCORES
    ]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    y, proba = population(settings["data"], context)
    K, rate, told, score = (
        proba.shape[1],
        NOISES[settings["noise"]],
        *(settings[name] for name in ("told", "score")),
    )
    T = np.full((K, K), 1 / K) if rate is None else symmetric_transition_matrix(K, rate)
    given = {"wrong T": symmetric_transition_matrix(K, WRONG_RATE), "no T": None}.get(told, T)
    predicted = proba.argmax(axis=1)
    right = (predicted == y).astype(float)
    if score == "brier_score":
        right = ((proba - np.eye(K)[y]) ** 2).sum(axis=1) / (2 if K == 2 else 1)
    truth, found, alone = right.mean(), [], []
    rng = np.random.default_rng(seed)
    for _ in range(REPETITIONS[settings["scale"]]):
        rows = rng.integers(len(y), size=N_TRUSTED + N_NOISY)
        noisy = corrupt_labels(y[rows], T, random_state=int(rng.integers(2**31)))
        trusted = np.where(np.arange(len(rows)) < N_TRUSTED, y[rows], np.nan)
        value, _, (low, high) = prediction_powered_score(
            trusted,
            noisy,
            proba[rows] if score == "brier_score" else predicted[rows],
            given,
            score=score,
            proba=proba[rows] if told == "T and posteriors" else None,
            classes=range(K),
            confidence_level=LEVEL,
        )
        found.append((low <= truth <= high, high - low, value - truth))
        value, low, high = of_trusted_alone(right[rows[:N_TRUSTED]], score)
        alone.append((low <= truth <= high, high - low, value - truth))
    covered, width, error = np.array(found, float).T
    covered_alone, width_alone, error_alone = np.array(alone, float).T
    return {
        "coverage": round(covered.mean(), 3),
        "width": round(width.mean(), 4),
        "bias": round(error.mean() / error.std() * np.sqrt(len(error)), 2),
        "error": round(float(np.sqrt((error**2).mean())), 5),
        "coverage alone": round(covered_alone.mean(), 3),
        "width alone": round(width_alone.mean(), 4),
        "error alone": round(float(np.sqrt((error_alone**2).mean())), 5),
        "bound": round(bound(settings, T, context), 4),
    }


def bound(settings: Mapping[str, Any], T: NDArray[np.float64], context: Context) -> float:
    """The least width of any unbiased interval, as a share of that of the trusted rows alone.

    It is that of prediction-powered inference which knows the mean score of a row given all that
    may be told of it: its noisy label, and the posteriors or the predicted class.
    """
    name, score = settings["data"], settings["score"]
    y, proba = population(name, context)
    K, predicted = len(T), proba.argmax(axis=1)
    if score == "accuracy" and settings["told"] != TOLD[0]:
        joint = np.zeros((K, K))
        np.add.at(joint, (predicted, y), 1)
        known = (joint / joint.sum(axis=1, keepdims=True))[predicted]
    else:
        known = known_posteriors(name, context)
    scores = np.eye(K)[predicted]
    if score == "brier_score":
        scores = ((proba**2).sum(axis=1, keepdims=True) - 2 * proba + 1) / (2 if K == 2 else 1)
    of_row = scores[np.arange(len(y)), y]
    left = np.zeros(len(y))
    for j in range(K):
        given = known * T[:, j]
        guess = (given * scores).sum(axis=1) / given.sum(axis=1)
        left += T[y, j] * (of_row - guess) ** 2
    told = 1 - left.mean() / of_row.var()
    return float(np.sqrt(1 - told * N_NOISY / (N_TRUSTED + N_NOISY)))


@cache
def known_posteriors(name: str, context: Context) -> NDArray[np.float64]:
    """P(clean | posteriors of the model): true ones, or learnt from the clean labels of others."""
    y, proba = population(name, context)
    if name != "MNIST":
        return proba
    X = np.log(proba.clip(min=1e-4))
    clf = LogisticRegression(C=10, max_iter=500)
    return np.asarray(cross_val_predict(clf, X, y, cv=5, method="predict_proba"))


def of_trusted_alone(scores: NDArray[np.float64], score: str) -> tuple[float, float, float]:
    """The mean, and the interval of Wilson for shares or of Student for others."""
    mean = float(scores.mean())
    if score == "accuracy":
        interval = binomtest(int(scores.sum()), len(scores)).proportion_ci(LEVEL, method="wilson")
        return mean, interval.low, interval.high
    half = t.ppf(0.5 + LEVEL / 2, len(scores) - 1) * scores.std(ddof=1) / np.sqrt(len(scores))
    return mean, mean - half, mean + half


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Scores from a few trusted rows and many noisy ones",
        "",
        f"`prediction_powered_score` from {N_TRUSTED} trusted and {N_NOISY:,} noisy rows, "
        f"{REPETITIONS['full']} repetitions of each line. *Coverage*: of the true score by "
        f"intervals at {LEVEL:.0%}; its own standard error is 0.01. *Alone*: the same from the "
        "trusted rows alone, by Wilson's interval (accuracy) or Student's (Brier score). *Width*: "
        "mean width, as a share of that alone; *error*: the same of the root mean square error. "
        "*Bound*: the least width of any unbiased interval, "
        "by the semiparametric efficiency bound: that of a method which knows the mean score of "
        "each row given its noisy label and what else it is told (for MNIST learnt from clean "
        "labels). Where it is above 0.7, no method reaches that. "
        "*Bias*: the mean error in standard errors. The bars are a coverage of 0.93 to 0.97, a "
        "width of at most 0.7 where the noisy labels carry information, and never above 1.02. "
        "*Wrong T*: of symmetric noise 0.1. *Pure noise*: labels that say nothing.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        for score in unique(rows, "score"):
            some = select(rows, scale=scale, score=score)
            names = [" / ".join(row[name] for name in ("data", "noise", "told")) for row in some]
            cells = np.array([[values([row], name)[0] for name in RESULTS] for row in some])
            coverage, width, bias, error, coverage_alone, width_alone, error_alone, least = cells.T
            inside = ((coverage >= 0.93) & (coverage <= 0.97)).sum()
            width, error = width / width_alone, error / error_alone
            columns = (coverage, coverage_alone, width, least, error, bias)
            lines += [
                f"## {score.replace('_', ' ').capitalize()}, {scale}",
                "",
                f"Coverage within the bar in {inside} of {len(some)} cases, from "
                f"{coverage.min():.3f} to {coverage.max():.3f} (alone: {coverage_alone.min():.3f} "
                f"to {coverage_alone.max():.3f}); largest width "
                f"{width.max():.2f} of that alone. {(least <= WIDTH).sum()} cases allow a width of "
                f"{WIDTH}, of which {((least <= WIDTH) & (width <= WIDTH)).sum()} have one; the "
                f"widths are {(width / least).min():.2f} to {(width / least).max():.2f} times the "
                "bound.",
                "",
                *markdown_table(
                    ["", "coverage", "coverage alone", "width", "bound", "error", "bias"],
                    [
                        [
                            name,
                            *(f"{x:.3f}" for x in cells[:2]),
                            *(f"{x:.2f}" for x in cells[2:5]),
                            f"{cells[5]:+.1f}",
                        ]
                        for name, *cells in zip(names, *columns, strict=True)
                    ],
                ),
                "",
            ]
    return [write_page(lines, folder / "combined_scores.md")]


STUDY = Study(
    name="combined_scores",
    description=__doc__,
    settings=("data", "noise", "told", "score"),
    results=RESULTS,
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 1, "full": 1},
)

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(STUDY))
