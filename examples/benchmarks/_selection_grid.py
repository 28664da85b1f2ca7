"""Does a search by scores on noisy labels choose what one by clean labels would?"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from _selection_data import SEED, Data, Row, bundled, cifar10n, data_home, imdb, mnist
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_digits, load_wine
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sknoisy.metrics import (
    denoise_proba,
    expected_accuracy,
    fit_noise_model,
    forward_log_loss,
    noise_corrected_accuracy,
    noise_corrected_balanced_accuracy,
    transition_matrix_error,
)
from sknoisy.noise import corrupt_labels, random_transition_matrix

# How T is estimated here was settled on seeds below this one.
FIRST_SEED = 100


def base_candidates() -> list[Any]:
    """Linear models and forests of three strengths."""
    linear = [
        make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=300))
        for C in (0.001, 0.03, 1.0)
    ]
    forests = [
        ExtraTreesClassifier(60, min_samples_leaf=leaf, random_state=SEED) for leaf in (2, 8, 32)
    ]
    return linear + forests


def with_denoised(proba: list[np.ndarray], T: np.ndarray) -> list[np.ndarray]:
    """Posteriors of twelve candidates: those of six as they are, and taken back through T."""
    return proba + [denoise_proba(p, T) for p in proba]


def grid(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    done = []
    for data in grid_sets(args):
        results = Parallel(n_jobs=args.jobs)(
            delayed(one_search)(data, FIRST_SEED + seed) for seed in range(args.searches)
        )
        done.append(grid_row(data, results))
        yield done[-1]
        bar.update()
    yield from over_all(done)


def unequal(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    """The same where one class of two holds a tenth of the rows."""
    data = mnist(args.grid_rows) if data_home() else bundled("digits", load_digits)
    data = data._replace(name=f"{data.name}, 8 or not", y=(data.y == 8).astype(int))
    results = Parallel(n_jobs=args.jobs)(
        delayed(one_search)(data, FIRST_SEED + seed) for seed in range(args.searches)
    )
    yield {**grid_row(data, results), "part": "unequal"}
    bar.update()


def grid_row(data: Data, results: list[Row]) -> Row:
    """Means over repetitions, with the standard errors of the regrets."""
    table = {key: np.array([result[key] for result in results]) for key in results[0]}
    best = table.pop("clean labels")
    row: Row = {
        "part": "grid",
        "data": data.name,
        "rows": int(len(data.y) * 0.7),
        "repetitions": len(best),
        "noise": float(table.pop("noise").mean()),
        "error of T": float(table.pop("error of T").mean()),
        "accuracy of the choice by clean labels": float(best.mean()),
    }
    for name, accuracy in table.items():
        regret = 100 * (best - accuracy)
        row[f"regret, {name}"] = float(regret.mean())
        row[f"+-, {name}"] = float(regret.std() / np.sqrt(max(len(regret) - 1, 1)))
    return row


def over_all(done: list[Row]) -> Iterator[Row]:
    """Mean regrets over data sets, and as shares of the regret of noisy accuracy."""
    mean: Row = {"part": "grid", "data": "mean"}
    for key in done[0]:
        values = np.array([row[key] for row in done]) if key.startswith(("regret", "+-")) else None
        if key.startswith("regret"):
            mean[key] = float(values.mean())
        elif key.startswith("+-"):
            mean[key] = float(np.sqrt((values**2).sum()) / len(done))
    yield mean
    naive = mean["regret, noisy accuracy"]
    share = {k: v / naive for k, v in mean.items() if k.startswith("regret") and naive}
    yield {"part": "grid", "data": "mean / mean of noisy accuracy", **share}


def grid_sets(args: argparse.Namespace) -> Iterator[Data]:
    yield bundled("wine", load_wine)
    yield bundled("breast cancer", load_breast_cancer)
    yield bundled("digits", load_digits)
    if data_home():
        yield mnist(args.grid_rows)
        yield cifar10n(args.grid_rows)._replace(name="CIFAR-10", y_human=None)
        yield imdb(args.grid_rows)


def random_noise(K: int, seed: int) -> np.ndarray:
    """A random T of mean noise rate between 0.3 and 0.4 under which most labels are right."""
    rng = np.random.RandomState(seed)
    while True:
        T = random_transition_matrix(K, noise_rate=rng.uniform(0.3, 0.4), random_state=rng)
        others = T - np.diag(np.full(K, np.inf))
        if (T.diagonal() > others.max(axis=0) + 0.1).all() and T.diagonal().min() > 0.5:
            return T


def one_search(data: Data, seed: int) -> Row:
    """Choose among the candidates by cross-validation, in several ways; accuracy on clean rows."""
    K = data.n_classes
    X, X_test, y, y_test = train_test_split(
        data.X, data.y, test_size=0.3, stratify=data.y, random_state=seed
    )
    T = random_noise(K, seed)
    noisy = corrupt_labels(y, T, classes=K, random_state=10**6 + seed)
    folds = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(X, noisy))
    fitted = [clone(base).fit(X, noisy) for base in base_candidates()]
    of_noisy = [cross_val_predict(b, X, noisy, cv=folds, method="predict_proba") for b in fitted]
    # T is read off the candidate that predicts held-out noisy labels best.
    g = min(of_noisy, key=lambda p: forward_log_loss(noisy, p, np.eye(K)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # That T is badly known is the point.
        model = fit_noise_model(g, noisy, classes=np.arange(K))
    T_hat = model.transition_matrix
    proba = with_denoised(of_noisy, T_hat)
    predicted = [p.argmax(axis=1) for p in proba]
    classes, clean = np.arange(K), model.clean_proba
    scores = {
        "clean labels": [(p == y).mean() for p in predicted],
        "noisy accuracy": [(p == noisy).mean() for p in predicted],
        "corrected balanced accuracy": [balanced(noisy, p, T_hat) for p in predicted],
        "corrected accuracy": [accuracy(noisy, p, T_hat) for p in predicted],
        "corrected accuracy, true T": [accuracy(noisy, p, T) for p in predicted],
        "noisy balanced accuracy": [balanced(noisy, p, np.eye(K)) for p in predicted],
        "forward log loss": [-forward_log_loss(noisy, p, T_hat) for p in proba],
        "expected accuracy": [
            expected_accuracy(noisy, p, clean, T_hat, classes=classes) for p in predicted
        ],
    }
    on_test = with_denoised([clf.predict_proba(X_test) for clf in fitted], T_hat)
    on_clean = [(p.argmax(axis=1) == y_test).mean() for p in on_test]
    chosen = {name: on_clean[int(np.argmax(score))] for name, score in scores.items()}
    noise = float((noisy != y).mean())
    return {**chosen, "noise": noise, "error of T": transition_matrix_error(T, T_hat)}


def quietly(score: Callable[..., float]) -> Callable[..., float]:
    """The score by noisy labels, predictions and T, without warnings of an ill-conditioned T."""

    def scored(noisy: np.ndarray, predicted: np.ndarray, T: np.ndarray) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return score(noisy, predicted, T, classes=np.arange(len(T)))

    return scored


accuracy, balanced = quietly(noise_corrected_accuracy), quietly(noise_corrected_balanced_accuracy)
