"""Does the corrected accuracy hit the clean one, and does its interval cover it?"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from _selection_data import SEED, Data, Row, data_home, imdb, imdb_words, mixture, mnist
from joblib import Parallel, delayed
from scipy.sparse import issparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from sknoisy.metrics import (
    bootstrap_noise_corrected_score,
    fit_noise_model,
    noise_corrected_accuracy,
    transition_matrix_error,
)
from sknoisy.noise import (
    MNIST_CLASS_MAP,
    class_map_transition_matrix,
    corrupt_labels,
    symmetric_transition_matrix,
)


def noises(K: int) -> dict[str, np.ndarray]:
    classes = {2: {0: 1}, 4: {0: 1, 2: 3}, 10: MNIST_CLASS_MAP}[K]
    return {
        "symmetric 0.2": symmetric_transition_matrix(K, 0.2),
        "symmetric 0.4": symmetric_transition_matrix(K, 0.4),
        "asymmetric 0.3": class_map_transition_matrix(classes, 0.3, classes=K),
    }


# Times as many rows where T is an estimate; two classes that overlap need more to tell T.
ROWS_FOR_T, ROWS_FOR_T_OF_TEXT = 2, 5


class Pool(NamedTuple):
    """Rows to draw from, with predictions and posteriors of a classifier trained on others."""

    y: np.ndarray
    y_pred: np.ndarray
    noisy_proba: np.ndarray

    def draw(self, n: int, T: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """Row numbers, with replacement, and noisy labels: a sample of the pool."""
        # One generator for both draws: two of neighbouring seeds are not independent enough.
        rng = np.random.RandomState(np.random.MT19937(np.random.SeedSequence([SEED, seed])))
        rows = rng.randint(len(self.y), size=n)
        return rows, corrupt_labels(self.y[rows], T, classes=len(T), random_state=rng)


def pool_of(data: Data, T: np.ndarray) -> Pool:
    """Train on noisy labels of the first rows, predict the others."""
    n_train = len(data.y) // 2 if issparse(data.X) else 5000
    noisy = corrupt_labels(data.y[:n_train], T, classes=len(T), random_state=SEED)
    proba = classifier(data).fit(data.X[:n_train], noisy).predict_proba(data.X[n_train:])
    return Pool(data.y[n_train:], proba.argmax(axis=1), proba)


def classifier(data: Data) -> Any:
    linear = LogisticRegression(max_iter=500, C=0.1)
    if not issparse(data.X):
        return make_pipeline(StandardScaler(), linear)
    return GridSearchCV(linear, {"C": [0.03, 0.1, 0.3, 1]}, scoring="neg_log_loss")  # Noisy labels.


def coverage(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    for data in pools():
        for noise, T in noises(data.n_classes).items():
            pool = pool_of(data, T)
            clean = float((pool.y == pool.y_pred).mean())
            found, naive = [], []
            for seed in range(args.repetitions):
                rows, noisy = pool.draw(args.rows, T, seed)
                classes = np.arange(len(T))
                score = noise_corrected_accuracy(
                    noisy, pool.y_pred[rows], T, classes=classes, confidence_level=0.95
                )
                found.append(score)
                naive.append(float((noisy == pool.y_pred[rows]).mean()))
            yield summary("coverage", data.name, noise, args.rows, clean, found, naive)
            bar.update()


def estimated(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    for data in pools():
        times = ROWS_FOR_T_OF_TEXT if issparse(data.X) else ROWS_FOR_T
        for noise, T in noises(data.n_classes).items():
            yield estimated_row("estimated", data, noise, T, times * args.rows, args)
            bar.update()


def unidentified(args: argparse.Namespace, bar: tqdm) -> Iterator[Row]:
    """With posteriors that say little of T: with more rows too, to tell few rows from that."""
    if data_home():
        data = imdb(25_000)
        T = noises(2)["symmetric 0.4"]
        for times in (2, 10):
            row = estimated_row("unidentified", data, "symmetric 0.4", T, times * args.rows, args)
            yield {**row, "data": "IMDB, 100 directions"}
            bar.update()


def estimated_row(
    part: str, data: Data, noise: str, T: np.ndarray, n: int, args: argparse.Namespace
) -> Row:
    pool = pool_of(data, T)
    clean = float((pool.y == pool.y_pred).mean())
    results = Parallel(n_jobs=args.jobs)(
        delayed(score_with_estimate)(pool, T, n, seed, args.bootstrap)
        for seed in range(args.bootstrap_repetitions)
    )
    found, naive, fixed, error, warned = zip(*results, strict=True)
    row = summary(part, data.name, noise, n, clean, found, naive)
    row["coverage, T as if known"] = covered(clean, fixed)
    row["error of T"] = float(np.mean(error))
    row["warned"] = float(np.mean(warned))
    return row


def score_with_estimate(
    pool: Pool, T: np.ndarray, n: int, seed: int, n_bootstrap: int
) -> tuple[Any, float, Any, float, bool]:
    rows, noisy = pool.draw(n, T, seed)
    g, y_pred, classes = pool.noisy_proba[rows], pool.y_pred[rows], np.arange(len(T))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        T_hat = fit_noise_model(g, noisy, classes=classes).transition_matrix
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # The same again, and of single replicates.
        score = bootstrap_noise_corrected_score(
            noisy, y_pred, g, classes=classes, n_bootstrap=n_bootstrap, random_state=seed
        )
        fixed = noise_corrected_accuracy(
            noisy, y_pred, T_hat, classes=classes, confidence_level=0.95
        )
    error = transition_matrix_error(T, T_hat)
    return score, float((noisy == y_pred).mean()), fixed, error, bool(caught)


def pools() -> Iterator[Data]:
    yield mixture()
    if data_home():
        yield mnist(30_000, first=30_000)
        yield imdb_words()


def summary(part: str, name: str, noise: str, n: int, clean: float, found: Any, naive: Any) -> Row:
    values = np.array([score.value for score in found])
    return {
        "part": part,
        "data": name,
        "noise": noise,
        "rows": n,
        "repetitions": len(values),
        "clean accuracy": clean,
        "bias, points": 100 * (values.mean() - clean),
        "its standard error": 100 * values.std() / np.sqrt(len(values)),
        "sd of the score, points": 100 * values.std(),
        "mean standard error, points": 100 * float(np.mean([score.std for score in found])),
        "coverage of 95%": covered(clean, found),
        "naive bias, points": 100 * (np.mean(naive) - clean),
    }


def covered(clean: float, found: Any) -> float:
    return float(np.mean([score.interval[0] <= clean <= score.interval[1] for score in found]))
