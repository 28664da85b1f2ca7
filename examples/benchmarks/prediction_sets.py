"""Prediction sets at 90%, conformalized on noisy labels: coverage of the clean label, and size.

    python examples/benchmarks/prediction_sets.py --full --data-home DIR
    python examples/benchmarks/prediction_sets.py report

`DIR` holds ``mnist/``, ``cifar10/`` and ``features/`` (frozen_features.py). A classifier is trained
on noisy labels with the defaults of ForwardCorrectedClassifier; rows that it has not seen are drawn
into rows to conformalize on and test rows several times, and noise of a known T is drawn anew each
time. "MAPIE" gets the same posteriors and noisy labels (not run where MAPIE is not installed);
"uncorrected" is the same by sknoisy with the identity for T. --quick takes the digits only.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

import _selection_data as sources
from _experiments import Context, Study, main
from _reports import markdown_table, provenance, select, unique, values, write_page
from _results import Row

from sknoisy import ForwardCorrectedClassifier
from sknoisy.conformal import NoiseConformalClassifier
from sknoisy.metrics import most_probable_label, transition_matrix_error
from sknoisy.noise import (
    corrupt_labels,
    symmetric_transition_matrix,
    transition_matrix_from_labels,
)

LEVEL = 0.9
# Training rows, and rows to conformalize on.
ROWS = {"tiny": (600, 300), "digits": (800, 500), "MNIST": (3000, 2000), "CIFAR-10N": (4000, 2000)}
N_LOADED, N_COMPONENTS = 10_000, 300
N_TRUSTED = 200
DRAWS = {"tiny": 1, "quick": 10, "full": 10}
HUMAN = {"human 0.17": "random1", "human 0.40": "worst"}
METHODS = (
    "clean labels",
    "uncorrected",
    "MAPIE",
    "MAPIE, relabelled",
    "T known",
    "T estimated",
    "T in its interval",
    "200 trusted, T estimated",
)
COMMAND = "SKNOISY_DATA_HOME=DIR OMP_NUM_THREADS=1 python examples/benchmarks/prediction_sets.py"


class Posteriors(ClassifierMixin, BaseEstimator):
    """A fitted classifier whose X are its posteriors."""

    def __init__(self, n_classes: int, transition_matrix_estimator_: Any = None) -> None:
        self.n_classes = n_classes
        self.transition_matrix_estimator_ = transition_matrix_estimator_
        self.classes_ = np.arange(n_classes)

    def fit(self, X: Any, y: Any) -> Posteriors:
        return self

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        return np.asarray(X)

    def predict(self, X: Any) -> NDArray[np.intp]:
        return np.asarray(X).argmax(axis=1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


@cache
def load(name: str, context: Context) -> sources.Data:
    if context.data_home is not None:
        os.environ["SKNOISY_DATA_HOME"] = str(context.data_home)
    if name == "digits":
        return sources.bundled("digits", load_digits)
    if name == "MNIST":
        return sources.mnist(N_LOADED)
    return frozen_features(Path(str(context.data_home)))


def frozen_features(home: Path) -> sources.Data:
    """CIFAR-10 as features of a pretrained network (frozen_features.py), reduced by PCA."""
    X = np.load(home / "features" / "train.npy", mmap_mode="r")[:N_LOADED]
    X = PCA(N_COMPONENTS, random_state=0).fit_transform(StandardScaler().fit_transform(X))
    y = np.load(home / "cifar10" / "cifar10n.npz")["clean"][:N_LOADED]
    return sources.Data("CIFAR-10N", X, y.astype(np.int64))


def human_labels(noise: str, n_rows: int, context: Context) -> NDArray[np.int64]:
    stored = np.load(Path(str(context.data_home)) / "cifar10" / "cifar10n.npz")
    return stored[HUMAN[noise]][:n_rows].astype(np.int64)


def grid(scale: str) -> list[dict[str, Any]]:
    names = ("digits", "MNIST", "CIFAR-10N") if scale == "full" else ("digits",)
    jobs = [
        {"data": name, "noise": noise}
        for name in names
        for noise in (("symmetric 0.2", "symmetric 0.4") if scale != "tiny" else ("symmetric 0.2",))
    ]
    return jobs + [{"data": "CIFAR-10N", "noise": noise} for noise in HUMAN if scale == "full"]


def run(settings: Mapping[str, Any], seed: int, context: Context) -> dict[str, Any]:
    data, noise, scale = settings["data"], settings["noise"], settings["scale"]
    source = load(data, context)
    X, y, K = source.X, source.y, source.n_classes
    n_train, n_conformal = ROWS["tiny" if scale == "tiny" else data]
    if noise in HUMAN:
        y_noisy = human_labels(noise, len(y), context)
        T = transition_matrix_from_labels(y, y_noisy)
    else:
        T = symmetric_transition_matrix(K, float(noise.split()[1]))
        y_noisy = corrupt_labels(y, T, random_state=seed)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(y))
    train, unseen = order[:n_train], order[n_train:]
    X = StandardScaler().fit(X[train]).transform(X).astype(np.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Doubts about T; the errors of T are in the table.
        clf = ForwardCorrectedClassifier(random_state=seed).fit(X[train], y_noisy[train])
    proba = clf.predict_proba(X[unseen])
    found = []
    for draw in range(DRAWS[scale]):
        rows = rng.permutation(len(unseen))
        conformal, test = rows[:n_conformal], rows[n_conformal:]
        clean = y[unseen[conformal]]
        if noise in HUMAN:
            labels = y_noisy[unseen[conformal]]
        else:
            labels = corrupt_labels(clean, T, random_state=1000 * seed + draw)
        sets = sets_of_methods(proba[conformal], labels, clean, proba[test], T, clf)
        truth = y[unseen[test]]
        found.append(
            {name: (s[np.arange(len(truth)), truth].mean(), s.sum(1).mean()) for name, s in sets}
        )
    results = {
        f"{part} {name}": round(float(np.mean([each[name][k] for each in found])), 4)
        for name in found[0]
        for k, part in enumerate(("coverage", "size"))
    }
    return {
        **results,
        "accuracy": round(float((proba.argmax(axis=1) == y[unseen]).mean()), 4),
        "T_error": round(float(transition_matrix_error(T, clf.transition_matrix_)), 4),
    }


def sets_of_methods(
    proba: NDArray[np.float64],
    labels: NDArray[np.int64],
    clean: NDArray[np.int64],
    proba_test: NDArray[np.float64],
    T: NDArray[np.float64],
    clf: ForwardCorrectedClassifier,
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The name of each method, and its sets of the test rows."""
    K, T_hat = len(T), clf.transition_matrix_
    plain = FrozenEstimator(Posteriors(K))
    trusted = np.where(np.arange(len(clean)) < N_TRUSTED, clean, np.nan)
    estimated = Posteriors(K, clf.transition_matrix_estimator_)
    estimated.transition_matrix_ = T_hat
    cases: dict[str, tuple[Any, Any, dict[str, Any], dict[str, Any]]] = {
        "clean labels": (plain, clean, {"transition_matrix": np.eye(K)}, {}),
        "uncorrected": (plain, labels, {"transition_matrix": np.eye(K)}, {}),
        "T known": (plain, labels, {"transition_matrix": T}, {}),
        "T estimated": (plain, labels, {"transition_matrix": T_hat}, {}),
        "T in its interval": (
            FrozenEstimator(estimated),
            labels,
            {"noise_confidence_level": 0.95},
            {},
        ),
        "200 trusted, T estimated": (
            plain,
            labels,
            {"transition_matrix": T_hat},
            {"y_trusted": trusted},
        ),
    }
    for name, (classifier, y, parameters, of_fit) in cases.items():
        conformal = NoiseConformalClassifier(
            classifier, confidence_level=LEVEL, classes=np.arange(K), **parameters
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            conformal.fit(proba, y, **of_fit)
        yield name, conformal.predict_set(proba_test)[1][:, :, 0]
    try:
        from mapie.classification import SplitConformalClassifier
    except ImportError:
        return
    relabelled = most_probable_label(proba, labels, T_hat, classes=np.arange(K))
    for name, y in (("MAPIE", labels), ("MAPIE, relabelled", relabelled)):
        mapie = SplitConformalClassifier(Posteriors(K), confidence_level=LEVEL, prefit=True)
        yield name, mapie.conformalize(proba, y).predict_set(proba_test)[1][:, :, 0]


def report(rows: Sequence[Row], folder: Path) -> list[Path]:
    lines = [
        "# Prediction sets under label noise",
        "",
        f"Sets at {LEVEL:.0%}: share of the test rows whose set holds the clean label, and after "
        "the stroke the mean number of classes in a set. Means over seeds and draws. The bar is a "
        "coverage of 0.89 to 0.92 with sets below the uncorrected ones. A human label depends on "
        'the image beyond its class, so that even the T counted from all labels ("T known") does '
        "not describe it. CIFAR-10N are features of a pretrained network (frozen_features.py), "
        f"reduced to {N_COMPONENTS} directions. The trusted rows are drawn at random from those "
        "conformalized on.",
        "",
        *provenance(rows, [f"{COMMAND} --{scale}" for scale in unique(rows, "scale")]),
    ]
    for scale in unique(rows, "scale"):
        some = select(rows, scale=scale)
        cases = list(dict.fromkeys((row["data"], row["noise"]) for row in some))
        body = [
            [
                name,
                *(cell(select(some, data=data, noise=noise), name) for data, noise in cases),
            ]
            for name in METHODS
        ]
        for column in ("accuracy", "T_error"):
            means = (
                f"{np.mean(values(select(some, data=data, noise=noise), column)):.3f}"
                for data, noise in cases
            )
            body.append([column.replace("_", " "), *means])
        header = ["", *(f"{data}, {noise}" for data, noise in cases)]
        lines += [f"## {scale}", "", *markdown_table(header, body), ""]
    return [write_page(lines, folder / "prediction_sets.md")]


def cell(rows: Sequence[Row], name: str) -> str:
    coverage, size = (values(rows, f"{part} {name}") for part in ("coverage", "size"))
    return f"{np.mean(coverage):.3f} / {np.mean(size):.2f}" if coverage else "not run"


STUDY = Study(
    name="prediction_sets",
    description=__doc__,
    settings=("data", "noise"),
    results=(
        *(f"{part} {name}" for name in METHODS for part in ("coverage", "size")),
        "accuracy",
        "T_error",
    ),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 3, "full": 4},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
