"""The contestants of training_speed.py: each does the same arithmetic in its own way.

A contestant takes rows, labels and settings, prepares, and returns the work that is timed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NamedTuple

import numpy as np


def table_data(n_rows: int = 50_000, n_classes: int = 10) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n_rows, 50)).astype(np.float32)
    return X, (X @ rng.normal(size=(50, n_classes))).argmax(axis=1)


def digits() -> tuple[np.ndarray, np.ndarray]:
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y


def transition_matrix() -> np.ndarray:
    from sknoisy.noise import symmetric_transition_matrix

    return symmetric_transition_matrix(10, 0.2)


def ours(
    X: np.ndarray, y: np.ndarray, args: argparse.Namespace, loss: str, users: bool = False
) -> Callable[[], object]:
    """A classifier of ours with the default network, or with the same as a user's class."""
    from sknoisy import (
        BackwardCorrectedClassifier,
        ForwardCorrectedClassifier,
        RobustLossClassifier,
        make_net,
    )
    from sknoisy.modules import MLP

    class UsersMLP(MLP):
        """Not PyTorch's and not sknoisy's: its training steps are not replayed."""

    module = UsersMLP if users else MLP
    net = make_net(module, max_epochs=args.epochs, batch_size=args.batch, device=args.device)
    T = transition_matrix()
    clf = {
        "forward": ForwardCorrectedClassifier(net, transition_matrix=T, random_state=0),
        "backward": BackwardCorrectedClassifier(net, transition_matrix=T, random_state=0),
        "cross-entropy": RobustLossClassifier(net, loss="cross_entropy", random_state=0),
    }[loss]
    return lambda: clf.fit(X, y)


def bare(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    """A loop as short as it can be: rows on the device, fused optimiser, no bookkeeping."""
    import torch

    from sknoisy.losses import ForwardLoss
    from sknoisy.modules import MLP

    T = transition_matrix()

    def work() -> None:
        torch.manual_seed(0)
        device = args.device
        module = MLP(X.shape[1], 10).to(device)
        criterion = ForwardLoss(T)
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-3, fused=True)
        rows, labels = torch.from_numpy(X).to(device), torch.from_numpy(y).to(device)
        for _ in range(args.epochs):
            order = torch.randperm(len(rows)).to(device)
            for start in range(0, len(rows), args.batch):
                picked = order[start : start + args.batch]
                optimizer.zero_grad()
                criterion(module(rows[picked]), labels[picked]).backward()
                optimizer.step()
        if device != "cpu":
            torch.cuda.synchronize()

    return work


def skorch(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    import torch
    from skorch import NeuralNetClassifier

    from sknoisy.losses import ForwardLoss
    from sknoisy.modules import MLP

    net = NeuralNetClassifier(
        MLP,
        module__n_features=X.shape[1],
        module__n_classes=10,
        criterion=ForwardLoss,
        criterion__transition_matrix=transition_matrix(),
        optimizer=torch.optim.Adam,
        optimizer__fused=True,
        lr=1e-3,
        max_epochs=args.epochs,
        batch_size=args.batch,
        iterator_train__shuffle=True,
        train_split=None,
        device=args.device,
        verbose=0,
    )
    return lambda: net.fit(X, y)


def scikit_learn(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    import warnings

    from sklearn.neural_network import MLPClassifier

    warnings.simplefilter("ignore")
    clf = MLPClassifier(
        (128, 128),
        alpha=0.0,
        batch_size=args.batch,
        max_iter=args.epochs,
        n_iter_no_change=args.epochs + 1,
        random_state=0,
    )
    return lambda: clf.fit(X, y)


def predict_ours(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    from sknoisy import RobustLossClassifier, make_net

    net = make_net(max_epochs=1, device=args.device)
    clf = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X[:1000], y[:1000])
    return lambda: clf.predict_proba(X)


def predict_bare(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    import torch

    from sknoisy.modules import MLP

    module = MLP(X.shape[1], 10).to(args.device).eval()

    def work() -> np.ndarray:
        blocks = []
        with torch.inference_mode():
            for rows in torch.from_numpy(X).split(args.batch):
                logits = module(rows.to(args.device))
                blocks.append(torch.softmax(logits.double(), dim=1).cpu())
        return torch.cat(blocks).numpy()

    return work


def posterior(args: argparse.Namespace) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = rng.integers(500, size=100_000)
    proba = rng.random((100_000, 500))
    proba[np.arange(len(y)), y] += 50 * rng.random(len(y))
    proba /= proba.sum(axis=1, keepdims=True)
    return proba, y


def count_ours(proba: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable[[], object]:
    from sknoisy._transition import estimate

    return lambda: estimate(proba, y, method="count").transition_matrix


def count_cleanlab(proba: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable:
    from cleanlab.count import compute_confident_joint, estimate_latent

    return lambda: estimate_latent(compute_confident_joint(y, proba), y)


def asked_network(X: np.ndarray, y: np.ndarray) -> object:
    from sknoisy import RobustLossClassifier, make_net

    clf = RobustLossClassifier(make_net(max_epochs=1), loss="cross_entropy", random_state=0)
    return clf.fit(X[:10_000], y[:10_000]).estimator_


def count_in_one_pass(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable:
    from sknoisy._net import proba_blocks
    from sknoisy._transition import TopRows, default_n_top, estimate_from_top_counts

    net, K = asked_network(X, y), len(np.unique(y))

    def count() -> np.ndarray:
        labels = np.bincount(y, minlength=K)
        top, done = TopRows(K, default_n_top(labels)), 0
        for block in proba_blocks(net, X):
            top.add(block, y[done : done + len(block)], np.ones(len(block)))
            done += len(block)
        return estimate_from_top_counts(top.counts(), labels, method="count").transition_matrix

    return count


def count_whole_matrix(X: np.ndarray, y: np.ndarray, args: argparse.Namespace) -> Callable:
    from sknoisy._net import predict_proba
    from sknoisy._transition import estimate

    net = asked_network(X, y)
    return lambda: estimate(predict_proba(net, X), y, method="count").transition_matrix


def many_classes(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    X, _ = table_data(n_rows)
    return X, np.arange(n_rows) % 100


class Race(NamedTuple):
    title: str
    reference: str
    contestants: dict[str, Callable]
    data: Callable
    settings: dict


def races(quick: bool) -> dict[str, Race]:
    epochs = 1 if quick else 5
    rows = 5_000 if quick else 50_000
    forward = {
        "sknoisy": lambda X, y, a: ours(X, y, a, "forward"),
        "bare PyTorch": bare,
        "skorch": skorch,
    }
    users = {"user's class": lambda X, y, a: ours(X, y, a, "forward", users=True)}
    losses = {
        name: (lambda X, y, a, name=name: ours(X, y, a, name))
        for name in ("cross-entropy", "forward", "backward")
    }
    table = {"data": lambda a: table_data(rows)}
    million = {"data": lambda a: table_data(20_000 if quick else 1_000_000)}
    return {
        "table-128": Race(
            f"Fit, {rows:,} x 50, MLP 128-128, forward loss with known T, batch 128",
            "bare PyTorch",
            forward | users,
            table["data"],
            {"batch": 128, "epochs": epochs},
        ),
        "table-1024": Race(
            f"Fit, {rows:,} x 50, MLP 128-128, forward loss with known T, batch 1024",
            "bare PyTorch",
            forward | users,
            table["data"],
            {"batch": 1024, "epochs": 2 * epochs},
        ),
        "digits": Race(
            "Fit, digits 1,797 x 64, MLP 128-128, batch 64, 50 epochs",
            "MLPClassifier",
            {**forward, "MLPClassifier": scikit_learn},
            lambda a: digits(),
            {"batch": 64, "epochs": 5 if quick else 50},
        ),
        "losses": Race(
            f"Fit, {rows:,} x 50, K = 10, batch 128: what correction costs",
            "cross-entropy",
            losses,
            table["data"],
            {"batch": 128, "epochs": epochs},
        ),
        "predict": Race(
            "predict_proba, 1,000,000 x 50",
            "bare PyTorch",
            {"sknoisy": predict_ours, "bare PyTorch": predict_bare},
            million["data"],
            {"batch": 512, "epochs": 1},
        ),
        "count": Race(
            "T by counting, from a given 100,000 x 500 posterior",
            "cleanlab",
            {"sknoisy": count_ours, "cleanlab": count_cleanlab},
            posterior,
            {"batch": 0, "epochs": 0},
        ),
        "stream": Race(
            f"T by counting, posteriors from a network, {20 * rows:,} x 50, K = 100",
            "whole matrix",
            {"whole matrix": count_whole_matrix, "one pass": count_in_one_pass},
            lambda a: many_classes(20 * rows),
            {"batch": 0, "epochs": 0},
        ),
    }
