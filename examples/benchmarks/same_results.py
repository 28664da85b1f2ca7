"""Do two versions of sknoisy give the same results? Posteriors bit for bit, T to 1e-12.

Record with one version, compare with the other, both on the same machine and with as many
threads (``OMP_NUM_THREADS``):

    python same_results.py record results.npz --data-home DIR
    python same_results.py compare results.npz --data-home DIR

Without `--data-home` the case of MNIST is left out.
"""

from __future__ import annotations

import argparse
import gzip
from inspect import signature
from pathlib import Path

import numpy as np
import torch
from sklearn.datasets import load_digits, load_iris, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import scale
from skorch.dataset import ValidSplit

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    ReweightedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.annotators import AnnotatorCorrectedClassifier
from sknoisy.callbacks import BestEpoch
from sknoisy.noise import (
    annotator_labels,
    corrupt_labels,
    pair_flip_transition_matrix,
    symmetric_transition_matrix,
)

# Float32 training through a loss that is written in another way: equal up to its rounding.
ROUNDED = {"digits, annotators": 1e-5}
METHODS = ("auto", "count", "anchor", "confident_joint")


def digits():
    X, y = load_digits(return_X_y=True)
    X = (X / 16).astype(np.float32)
    T = symmetric_transition_matrix(10, 0.3)
    return X, corrupt_labels(y, T, random_state=0), y, T


def posteriors(data_home):
    """Name and posteriors of every case with a given T."""
    X, noisy, clean, T = digits()
    net = make_net(max_epochs=10)
    for name, classifier in (
        ("forward", ForwardCorrectedClassifier),
        ("backward", BackwardCorrectedClassifier),
    ):
        clf = classifier(net, transition_matrix=T, random_state=0)
        yield f"digits, {name}", clf.fit(X, noisy).predict_proba(X)
        clf.set_params(base_loss="squared_error")
        yield f"digits, {name}, squared error", clf.fit(X, noisy).predict_proba(X)
    weights = np.random.default_rng(0).uniform(0.5, 1.5, len(X))
    clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    fitted = clf.fit(X, noisy, sample_weight=weights)
    yield "digits, weights", fitted.predict_proba(X)

    held_out = make_net(max_epochs=10, train_split=ValidSplit(0.2, stratified=True, random_state=0))
    clf = ForwardCorrectedClassifier(held_out, transition_matrix=T, random_state=0)
    yield "digits, held-out rows", clf.fit(X, noisy.astype(np.int64)).predict_proba(X)
    stopped = held_out.set_params(callbacks=[BestEpoch(patience=3)])
    clf = ForwardCorrectedClassifier(stopped, transition_matrix=T, random_state=0)
    yield "digits, best epoch", clf.fit(X, noisy.astype(np.int64)).predict_proba(X)

    sites = np.arange(len(X)) % 3
    by_site = {0: T, 1: pair_flip_transition_matrix(10, 0.2), 2: np.eye(10)}
    for name, classifier in (
        ("forward", ForwardCorrectedClassifier),
        ("backward", BackwardCorrectedClassifier),
    ):
        clf = classifier(net, transition_matrix=by_site, random_state=0)
        old = "groups" in signature(clf.fit).parameters  # Commits before the renaming.
        fitted = clf.fit(X, noisy, **{"groups" if old else "noise_groups": sites})
        yield f"digits, T by group, {name}", fitted.predict_proba(X)

    trusted = np.where(np.arange(len(X)) % 10 == 0, clean, np.nan)
    clf = ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0)
    yield "digits, trusted labels", clf.fit(X, noisy, y_trusted=trusted).predict_proba(X)
    clf.set_params(fine_tune_epochs=3)
    yield "digits, fine-tuning", clf.fit(X, noisy, y_trusted=trusted).predict_proba(X)
    fitted = clf.fit(X[500:], noisy[500:], y_trusted=clean[:500], X_trusted=X[:500])
    yield "digits, rows of trusted labels", fitted.predict_proba(X)

    for loss in ("cross_entropy", "gce", "unhinged", "early_learning"):
        clf = RobustLossClassifier(net, loss=loss, random_state=0)
        yield f"digits, {loss}", clf.fit(X, noisy).predict_proba(X)
    clf = ReweightedClassifier(
        LogisticRegression(max_iter=200), transition_matrix=T, random_state=0
    )
    yield "digits, reweighted", clf.fit(X, noisy).predict_proba(X)
    votes = annotator_labels(clean, [T] * 3, coverage=0.8, missing=-1, random_state=0)
    clf = AnnotatorCorrectedClassifier(
        net, transition_matrices=[T] * 3, missing_label=-1, random_state=0
    )
    yield "digits, annotators", clf.fit(X, votes).predict_proba(X)

    if data_home is not None:
        X, y = mnist(data_home)
        T = pair_flip_transition_matrix(10, 0.3)
        clf = ForwardCorrectedClassifier(
            make_net(max_epochs=2), transition_matrix=T, warm_up=1, random_state=0
        )
        clf.fit(X, corrupt_labels(y, T, random_state=0))
        yield "MNIST, an epoch of warm-up and one corrected", clf.predict_proba(X[:5000])


def mnist(data_home):
    folder = Path(data_home) / "mnist"
    with gzip.open(folder / "train-images-idx3-ubyte.gz") as file:
        X = np.frombuffer(file.read(), np.uint8, offset=16).reshape(-1, 784)
    with gzip.open(folder / "train-labels-idx1-ubyte.gz") as file:
        y = np.frombuffer(file.read(), np.uint8, offset=8).astype(np.int64)
    return (X / np.float32(255)).astype(np.float32), y


def transition_matrices():
    """Name and estimate of T, for every method, on three problems."""
    X, noisy, *_ = digits()
    flat, y = make_classification(
        2000, 20, n_informative=10, n_classes=4, class_sep=1.5, random_state=1
    )
    flipped = corrupt_labels(y, pair_flip_transition_matrix(4, 0.3), random_state=1)
    iris, species = load_iris(return_X_y=True)
    wrong = corrupt_labels(species, symmetric_transition_matrix(3, 0.2), random_state=2)
    problems = {
        "digits": (X, noisy, None),
        "table": (flat, flipped, None),
        "iris": (scale(iris), wrong, LogisticRegression(max_iter=500)),
    }
    for name, (X, y, classifier) in problems.items():
        for method in METHODS:
            estimator = TransitionMatrixEstimator(
                classifier, method=method, keep_proba=True, random_state=0
            )
            yield f"{name}, {method}", estimator.fit(X, y).transition_matrix_
            yield f"{name}, {method}, limits", estimator.interval()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("file", type=Path)
    parser.add_argument("--data-home", help="folder that holds mnist/")
    options = parser.parse_args()
    torch.set_num_threads(1)
    exact = dict(posteriors(options.data_home))
    close = {f"T, {name}": T for name, T in transition_matrices()}
    if options.action == "record":
        np.savez(options.file, **exact, **close)
        return
    before = np.load(options.file)
    failed = []
    for name, value in (exact | close).items():
        distance = float(np.abs(value - before[name]).max())
        limit = ROUNDED.get(name, 0.0 if name in exact else 1e-12)
        same = distance <= limit
        print(f"{name:<50} {distance:8.2g}  {'same' if same else 'DIFFERENT'}")
        failed += [] if same else [name]
    raise SystemExit(f"Different: {failed}" if failed else 0)


if __name__ == "__main__":
    main()
