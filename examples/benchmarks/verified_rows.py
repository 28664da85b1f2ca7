"""Which rows to verify: the error of T, and of the accuracy, from 100 verified rows.

    python examples/benchmarks/frozen_features.py DIR/features --data-home DIR
    python examples/benchmarks/verified_rows.py --full --data-home DIR
    python examples/benchmarks/verified_rows.py report

`DIR` holds ``mnist/``, ``cifar10/`` and ``features/``. A linear model is trained on noisy labels,
out of fold, and T is estimated once. Then 100 rows are chosen in several ways, with a seed for
each draw, and T is estimated from their clean labels in several ways. The truth is the T counted
from all clean labels. --quick takes the digits, on which the rule was settled.
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
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row
from _selection_data import mnist

from sknoisy import TransitionMatrixEstimator
from sknoisy._transition import (
    ChosenRows,
    FittedEstimate,
    NoisyRows,
    TrustedRows,
    temperature_scaled,
    with_trusted,
)
from sknoisy.inspection import rows_to_verify
from sknoisy.metrics import (
    clean_proba,
    denoise_proba,
    prediction_powered_score,
    prediction_powered_transition_matrix,
    transition_matrix_error,
)
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

N_VERIFIED = 100
N_ROWS = 10_000
N_COMPONENTS = {"MNIST": 50, "CIFAR-10N": 300}
K = 10
CHOICES = ("random", "doubtful", "rows_to_verify")
ESTIMATORS = ("counted", "prediction-powered", "y_trusted", "oracle")
WITHOUT = tuple(f"{how}, no rows" for how in ("prediction-powered", "oracle"))
RESULTS = tuple(f"{how}, {choice}" for how in (*ESTIMATORS, "accuracy") for choice in CHOICES)
CASES = {
    "digits": ("symmetric 0.3", "pair 0.4"),
    "MNIST": ("class map 0.45",),
    "CIFAR-10N": ("random1", "worst"),
}
COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/verified_rows.py"


class Problem(NamedTuple):
    """Clean and noisy labels, posteriors of noisy and clean ones, the first T, how it came.

    `oracle` are posteriors given features and noisy label, learnt from all clean labels.
    """

    y: NDArray[np.int64]
    noisy: NDArray[np.int64]
    noisy_proba: NDArray[np.float64]
    proba: NDArray[np.float64]
    T: NDArray[np.float64]
    fitted: FittedEstimate
    oracle: NDArray[np.float64]


@cache
def problem(data: str, noise: str, context: Context) -> Problem:
    if context.data_home is not None:
        os.environ["SKNOISY_DATA_HOME"] = str(context.data_home)
    X, y, noisy = labelled(data, noise, context)
    X = StandardScaler().fit_transform(X) / np.sqrt(X.shape[1])
    estimator = TransitionMatrixEstimator(
        LogisticRegression(C=1.0, max_iter=300), keep_proba=True, classes=range(K), random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Doubts about T; its error is in the table.
        estimator.fit(X, noisy)
    T = estimator.transition_matrix_
    proba = denoise_proba(estimator.noisy_proba_, T)
    noisy_proba = temperature_scaled(estimator.noisy_proba_, noisy)
    oracle = cross_val_predict(
        LogisticRegression(C=10.0, max_iter=200),
        np.hstack([X, np.eye(K)[noisy]]),
        y,
        cv=3,
        method="predict_proba",
    )
    return Problem(y, noisy, noisy_proba, proba, T, estimator._fitted_estimate, oracle)


def labelled(data: str, noise: str, context: Context) -> tuple[Any, Any, Any]:
    if data == "digits":
        X, y = load_digits(return_X_y=True)
        rate = float(noise.split()[1])
        make = symmetric_transition_matrix if "symmetric" in noise else pair_flip_transition_matrix
        return X, y, corrupt_labels(y, make(K, rate), random_state=5)
    if data == "MNIST":
        _, X, y, _ = mnist(N_ROWS, n_components=N_COMPONENTS[data])
        T = class_map_transition_matrix(MNIST_CLASS_MAP, 0.45, classes=K)
        return X, y, corrupt_labels(y, T, random_state=1)
    home = Path(str(context.data_home))
    labels = np.load(home / "cifar10" / "cifar10n.npz")
    features = np.load(home / "features" / "train.npy", mmap_mode="r")[-N_ROWS:]
    X = PCA(N_COMPONENTS[data], random_state=0).fit_transform(
        StandardScaler().fit_transform(features)
    )
    return X, *(labels[name][-N_ROWS:].astype(np.int64) for name in ("clean", noise))


def grid(scale: str) -> list[dict[str, Any]]:
    names = CASES if scale == "full" else ("digits",)
    return [
        {"data": name, "noise": noise}
        for name in names
        for noise in (CASES[name] if scale != "tiny" else CASES[name][-1:])
    ]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    of = problem(settings["data"], settings["noise"], context)
    n, truth = len(of.y), transition_matrix_from_labels(of.y, of.noisy)
    predicted = of.proba.argmax(axis=1)
    rng = np.random.default_rng(seed)
    sure = clean_proba(of.proba, of.noisy, of.T, classes=K)
    doubtful = np.argsort(sure[np.arange(n), of.noisy], kind="stable")[:N_VERIFIED]
    at_random = rng.permutation(n)[:N_VERIFIED]
    # Posteriors from the features of which `clean_proba` makes those of the oracle.
    for_oracle = of.oracle / of.T.T[of.noisy].clip(min=1e-6)
    for_oracle /= for_oracle.sum(axis=1, keepdims=True)
    chosen, chosen_for_score, chosen_by_oracle = (
        rows_to_verify(
            proba,
            of.noisy,
            of.T,
            n_rows=N_VERIFIED,
            prediction=prediction,
            classes=range(K),
            random_state=seed,
        )
        for proba, prediction in ((of.proba, None), (of.proba, predicted), (for_oracle, None))
    )
    found: dict[str, Any] = {"first": transition_matrix_error(truth, of.T)}
    found["least"] = least_ratio(of, truth)
    for name, posterior in zip(WITHOUT, (sure, of.oracle), strict=True):
        alone = counted(of, np.arange(n), posterior)
        found[name] = transition_matrix_error(truth, alone)
    accuracy = (predicted == of.y).mean()
    for choice, (rows, weight), (rows_of_score, weight_of_score), by_oracle in (
        ("random", *[(at_random, np.ones(n))] * 3),
        ("doubtful", *[(doubtful, np.ones(n))] * 3),
        ("rows_to_verify", chosen, chosen_for_score, chosen_by_oracle),
    ):
        powered, oracle = (
            prediction_powered_transition_matrix(
                some_trusted(of.y, some), of.noisy, proba, of.T, trusted_weight=w, classes=range(K)
            )
            for proba, (some, w) in ((of.proba, (rows, weight)), (for_oracle, by_oracle))
        )
        # As the estimator does, which would fit all that does not depend on the rows again.
        chosen_rows = ChosenRows(rows, NoisyRows(of.noisy_proba, of.noisy, np.ones(n)))
        of_rows = TrustedRows(of.noisy_proba[rows], of.y[rows], chosen_rows)
        with_rows = with_trusted(of.fitted, of_rows, lambda T: None).transition_matrix
        by_rows = counted(of, rows, np.eye(K)[of.y] * weight[:, None])
        estimates = (by_rows, powered, with_rows, oracle)
        for how, T in zip(ESTIMATORS, estimates, strict=True):
            found[f"{how}, {choice}"] = transition_matrix_error(truth, T)
        score = prediction_powered_score(
            some_trusted(of.y, rows_of_score),
            of.noisy,
            predicted,
            of.T,
            proba=of.proba,
            trusted_weight=weight_of_score,
            classes=range(K),
        )
        found[f"accuracy, {choice}"] = abs(score - accuracy)
    return {name: round(float(value), 5) for name, value in found.items()}


def some_trusted(y: NDArray[np.int64], rows: NDArray[np.intp]) -> NDArray[np.float64]:
    trusted = np.full(len(y), np.nan)
    trusted[rows] = y[rows]
    return trusted


def counted(
    of: Problem, rows: NDArray[np.intp], weight: NDArray[np.float64]
) -> NDArray[np.float64]:
    """T counted from some rows, with weights for each class; classes of no row keep the first."""
    counts = np.zeros((K, K))
    np.add.at(counts, of.noisy[rows], weight[rows])
    total = counts.sum(axis=0)[:, None]
    return np.divide(counts.T, total, out=of.T.copy(), where=total > 0)


def least_ratio(of: Problem, truth: NDArray[np.float64]) -> float:
    """What rows drawn by one who knows all clean labels leave of the error of T counted at random.

    For many rows. The chances that make the mean L1 error least, found in rounds.
    """
    share = np.bincount(of.y, minlength=K) / len(of.y)
    squares = (np.eye(K)[of.noisy] - truth[of.y]) ** 2 / share[of.y][:, None] ** 2
    joint = np.eye(K)[of.y].T / len(of.y)
    at_random = np.sqrt(joint @ squares)
    errors = np.ones((K, K))
    for _ in range(30):
        chances = np.sqrt((squares / errors[of.y]).sum(axis=1)) + 1e-12
        errors = np.sqrt(joint @ (squares / chances[:, None]) * chances.mean()) + 1e-9
    return float(errors.sum() / at_random.sum())


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Which rows to verify",
        "",
        f"Error of T (mean L1 distance of its rows) from {N_VERIFIED} verified rows, and of the "
        "accuracy of the model; means over seeds. *Random*: rows drawn alike. *Doubtful*: the "
        "least label quality. *Ratio*: of `rows_to_verify` to random, with the same estimator. "
        "*Counted*: from the verified rows alone, with their weights. *Prediction-powered*: "
        "`prediction_powered_transition_matrix`. *y_trusted*: `TransitionMatrixEstimator`, which "
        "takes no weights and finds out by itself whether rows were chosen. *Oracle*: "
        "prediction-powered, with posteriors given features and noisy "
        "label that were learnt from all clean labels, by which rows are drawn too: nobody has "
        "them. *Least*: the ratio for many rows if they were drawn by somebody who knows the clean "
        "label of every row; with few rows it can be lower, as no class is left out. *No rows*: "
        "the estimate to start from, by noisy labels and posteriors alone. Where it is near that "
        "of 100 random rows, which rows these are matters little. *Accuracy*: mean absolute error "
        "of `prediction_powered_score`. The "
        "bar is a ratio of 0.7.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some, body = select(rows, scale=scale), []
        for data, noise in dict.fromkeys((row["data"], row["noise"]) for row in some):
            case = select(some, data=data, noise=noise)
            for how in (*ESTIMATORS, "accuracy"):
                means = [np.mean(values(case, f"{how}, {choice}")) for choice in CHOICES]
                first = f"{how}, no rows" if f"{how}, no rows" in WITHOUT else "first"
                body.append(
                    [
                        f"{data}, {noise}",
                        how,
                        "" if how == "accuracy" else f"{np.mean(values(case, first)):.3f}",
                        *(f"{mean:.3f}" for mean in means),
                        f"{means[2] / means[0]:.2f}",
                        f"{np.mean(values(case, 'least')):.2f}" if how == "counted" else "",
                    ]
                )
        header = ["", "estimator", "no rows", *CHOICES, "ratio", "least"]
        lines += [f"## {scale}", "", *markdown_table(header, body), ""]
    return [write_page(lines, folder / "verified_rows.md")]


STUDY = Study(
    name="verified_rows",
    description=__doc__,
    settings=("data", "noise"),
    results=("first", "least", *WITHOUT, *RESULTS),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 20, "full": 20},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
