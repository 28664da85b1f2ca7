"""Corrected heads on features of a pretrained network, and the choice of their loss.

    python examples/benchmarks/frozen_features.py $SKNOISY_DATA_HOME/features
    SKNOISY_DATA_HOME=DIR python examples/benchmarks/frozen_heads.py --quick
    python examples/benchmarks/frozen_heads.py report

CIFAR-10 with the labels that people gave (CIFAR-10N) and with noise of known T, 10,000 images
(--quick) or all 50,000 (--full); --tiny takes the pixels of scikit-learn's digits. Film reviews as
TF-IDF, 10,000 or all 25,000, with noise of known T. Classifiers have their default parameters;
"fine-tuned" goes on with the trusted rows alone, as Patrini et al. do on Clothing1M. Beside the
accuracy on clean test labels stand the scores that a user can see: those of the noisy labels of
training rows, by members that left a row out (by three folds for texts), through the T estimated
from the same labels.
"""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_predict, train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from _frozen_texts import PREFIX, TEXTS, made_reviews, reviews, text_transition_matrix
from _problems import Problem
from frozen_heads_report import report

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
)
from sknoisy._net import linear_net
from sknoisy.datasets import fetch_cifar10, fetch_cifar10n
from sknoisy.metrics import (
    forward_log_loss,
    noise_corrected_accuracy,
    noise_corrected_balanced_accuracy,
    transition_matrix_error,
)
from sknoisy.noise import (
    CIFAR10_CLASS_MAP,
    class_map_transition_matrix,
    corrupt_labels,
    symmetric_transition_matrix,
)

N_TRAIN = {"tiny": 600, "quick": 10_000, "full": 50_000}
HUMAN = ("worst", "aggre", "rand1", "rand2", "rand3")
MADE = ("asymmetric 0.4", "symmetric 0.4", "asymmetric 0.2", "symmetric 0.6", "clean")
# What a user chooses among who has no clean label.
LOSSES = ("cross-entropy", "gce", "elr", "forward", "backward")
OTHERS = (
    "kNN",
    "logistic regression",
    "linear, cross-entropy",
    "linear, forward",
    "forward, true T",
    "forward, 1% trusted",
    "forward, 10% trusted",
    "forward, 10% trusted, fine-tuned",
)
OF_TEXTS = (*LOSSES, "forward, true T", "forward, 1% trusted")
LINEAR = "linear, "
N_NEIGHBORS, FINE_TUNE_EPOCHS, N_FOLDS = 50, 10, 3
Labels = NDArray[np.integer]


@lru_cache(maxsize=1)
def features(n_train: int, data_home: Any) -> Problem:
    """Features of the images of CIFAR-10, with clean labels."""
    folder = Path(data_home) / "features"
    train, test = (fetch_cifar10(subset=s, data_home=data_home).target for s in ("train", "test"))
    X, X_test = (np.load(folder / f"{subset}.npy", mmap_mode="r") for subset in ("train", "test"))
    return Problem(np.array(X[:n_train]), train[:n_train], np.array(X_test), test)


def digits(n_train: int) -> Problem:
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    X, X_test, y, y_test = train_test_split(X, y, train_size=n_train, random_state=0)
    return Problem(X, y, X_test, y_test)


def problem_of(scale: str, labels: str, data_home: Any) -> Problem:
    n_train, is_tiny = N_TRAIN[scale], scale == "tiny"
    if labels.startswith(PREFIX):
        return made_reviews(n_train) if is_tiny else reviews(n_train, data_home)
    return digits(n_train) if is_tiny else features(n_train, data_home)


def true_transition_matrix(noise: str) -> NDArray[np.float64]:
    if noise.startswith(PREFIX):
        return text_transition_matrix(noise)
    kind, _, rate = noise.partition(" ")
    if kind == "asymmetric":
        return class_map_transition_matrix(CIFAR10_CLASS_MAP, float(rate), classes=10)
    return symmetric_transition_matrix(10, float(rate or 0))


def noisy_labels(labels: str, clean: Labels, seed: int, data_home: Any) -> Labels:
    if labels in HUMAN:
        found = fetch_cifar10n(labels=labels, images=False, data_home=data_home)
        return found.target[: len(clean)]
    return corrupt_labels(clean, true_transition_matrix(labels), random_state=seed)


def counted(clean: Labels, noisy: Labels) -> NDArray[np.float64]:
    """T of the training rows, which no user can count."""
    n_classes = int(clean.max()) + 1
    counts = np.zeros((n_classes, n_classes))
    np.add.at(counts, (clean, noisy), 1)
    return counts / counts.sum(axis=1, keepdims=True)


class Estimated:
    """The T of the last labels, by default parameters: several methods take it."""

    key: Any = None

    def of(self, key: Any, X: Any, y: Labels, seed: int) -> NDArray[np.float64]:
        if key != self.key:
            estimator = TransitionMatrixEstimator(random_state=seed).fit(X, y)
            self.key, self.matrix = key, estimator.transition_matrix_
        return self.matrix


ESTIMATED = Estimated()


def classifier(method: str, T: Any, true_T: Any, seed: int, keep_proba: bool, shape: Any) -> Any:
    common: dict[str, Any] = {"random_state": seed, "keep_proba": keep_proba}
    if method.startswith(LINEAR):
        # The linear models among which the default network is chosen, alone.
        method = method.removeprefix(LINEAR)
        net = linear_net(shape[1], shape[0])
        common |= {"estimator": net, "n_members": 5, "early_stopping": True}
    if method == "kNN":
        return make_pipeline(StandardScaler(), KNeighborsClassifier(N_NEIGHBORS))
    if method == "logistic regression":
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    if method in ("cross-entropy", "gce", "elr"):
        loss = {"cross-entropy": "cross_entropy", "elr": "early_learning"}.get(method, method)
        return RobustLossClassifier(loss=loss, **common)
    if method == "backward":
        return BackwardCorrectedClassifier(transition_matrix=T, **common)
    if method == "forward":
        return ForwardCorrectedClassifier(transition_matrix=T, **common)
    if method == "forward, true T":
        return ForwardCorrectedClassifier(transition_matrix=true_T, **common)
    if method.endswith("fine-tuned"):
        common["fine_tune_epochs"] = FINE_TUNE_EPOCHS
    return ForwardCorrectedClassifier(**common)


def trusted_labels(method: str, clean: Labels, seed: int) -> dict[str, Any]:
    """Clean labels of a share of the rows, drawn at random; the others are not known."""
    if "trusted" not in method:
        return {}
    share = float(method.split()[1].rstrip("%")) / 100
    known = np.full(len(clean), np.nan)
    rows = np.random.default_rng(seed).choice(
        len(clean), max(10, round(share * len(clean))), replace=False
    )
    known[rows] = clean[rows]
    return {"y_trusted": known}


def left_out_proba(clf: Any, X: Any, y: Labels) -> NDArray[np.float64]:
    """Clean posteriors of the training rows, each by members or a fold that left it out."""
    if hasattr(clf, "clean_proba_"):
        return clf.clean_proba_
    return cross_val_predict(clf, X, y, cv=N_FOLDS, method="predict_proba")


def seen_scores(
    proba: NDArray[np.float64], noisy: Labels, T: NDArray[np.float64]
) -> dict[str, float]:
    """Scores of clean posteriors on noisy labels, through T."""
    predicted = proba.argmax(axis=1)
    return {
        "seen_accuracy": 100 * noise_corrected_accuracy(noisy, predicted, T),
        "seen_balanced": 100 * noise_corrected_balanced_accuracy(noisy, predicted, T),
        "seen_log_loss": forward_log_loss(noisy, proba, T),
    }


def grid(scale: str) -> list[dict[str, Any]]:
    images = ("worst", *MADE[:2], *HUMAN[1:], *MADE[2:])
    sets = (MADE[0], TEXTS[1]) if scale == "tiny" else (*images, *TEXTS)
    return [
        {"labels": labels, "method": method}
        for labels in sets
        for method in (OF_TEXTS if labels in TEXTS else (*LOSSES, *OTHERS))
        if method != "forward, true T" or not labels.endswith("clean")
        if scale != "tiny" or not method.startswith(LINEAR)  # Digits are no wide table.
    ]


def run(settings: dict[str, Any], seed: int, context: Context) -> dict[str, Any]:
    scale, labels, method = settings["scale"], settings["labels"], settings["method"]
    problem = problem_of(scale, labels, context.data_home)
    noisy = noisy_labels(labels, problem.y, seed, context.data_home)
    true_T = counted(problem.y, noisy)
    # The linear model of sparse rows is not stopped, so that it leaves none out.
    leaves_out = labels not in TEXTS
    T = None
    if method.removeprefix(LINEAR) in LOSSES:
        T = ESTIMATED.of((scale, labels, seed), problem.X, noisy, seed)
    clf = classifier(method, T, true_T, seed, leaves_out, problem.X.shape)
    clf.fit(problem.X, noisy, **trusted_labels(method, problem.y, seed))
    proba = clf.predict_proba(problem.X_test).astype(float)
    proba /= proba.sum(axis=1, keepdims=True)
    found = {
        "accuracy": 100 * float((proba.argmax(axis=1) == problem.y_test).mean()),
        "log_loss": float(log_loss(problem.y_test, proba)),
    }
    used = getattr(clf, "transition_matrix_", None)
    if used is not None:
        found["T_error"] = float(transition_matrix_error(true_T, used))
    if T is not None:
        found |= seen_scores(left_out_proba(clf, problem.X, noisy), noisy, T)
    return {name: round(value, 4) for name, value in found.items()}


STUDY = Study(
    name="frozen_heads",
    description=__doc__,
    settings=("labels", "method"),
    results=(
        "accuracy",
        "log_loss",
        "T_error",
        "seen_accuracy",
        "seen_balanced",
        "seen_log_loss",
    ),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 3, "full": 3},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
