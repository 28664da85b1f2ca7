"""One fitted classifier asked by several threads at once, and fits beside each other.

For six kinds of networks, 8 threads ask one fitted classifier 200 times each. Every answer is
compared bit by bit with that of the same question asked before, by one thread alone. Weights,
buffers, modes of all modules and the global generators must be afterwards what they were before.
Then two fits run beside each other, and a fit beside predictions; they must end in the weights of
fits alone.

Run from the repository's root::

    python examples/benchmarks/threads.py --output docs/results/threads.md
"""

from __future__ import annotations

import argparse
import pickle
import platform
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import skorch
import torch
from _machine import machine
from torch import nn

from sknoisy import ForwardCorrectedClassifier, RobustLossClassifier, make_net
from sknoisy.modules import MLP, LSTMClassifier
from sknoisy.noise import symmetric_transition_matrix

N_ROWS, N_FEATURES = 240, 6


class BatchNorm(nn.Module):
    """A network with batch normalisation, of a user's class."""

    def __init__(self, n_features: int, n_classes: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Linear(n_features, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, n_classes)
        )

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        """Map rows to logits."""
        return self.layers(X)


class UsersNet(skorch.NeuralNetClassifier):
    """A user's subclass, which keeps skorch's own loops."""


class Kind(NamedTuple):
    """A classifier and the rows that it is trained on."""

    classifier: Any
    X: np.ndarray
    y: np.ndarray


def kinds(seed: int = 0) -> dict[str, Kind]:
    """Unfitted classifiers by the name of their kind."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N_ROWS, N_FEATURES)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] > 0).astype(int)
    tokens = rng.integers(1, 30, size=(N_ROWS, 8))

    def corrected(net: Any) -> Any:
        T = symmetric_transition_matrix(2, 0.2)
        return ForwardCorrectedClassifier(net, transition_matrix=T, random_state=seed)

    users = UsersNet(
        BatchNorm,
        criterion=nn.CrossEntropyLoss,
        max_epochs=3,
        train_split=None,
        verbose=0,
        iterator_train__shuffle=True,
    )
    lstm = make_net(
        LSTMClassifier,
        module__n_tokens=30,
        module__embedding_size=8,
        module__hidden_size=8,
        max_epochs=10,
        lr=0.03,
    )
    unhinged = RobustLossClassifier(make_net(max_epochs=3), loss="unhinged", random_state=seed)
    return {
        "plain MLP": Kind(corrected(make_net(MLP, max_epochs=3)), X, y),
        "dropout": Kind(corrected(make_net(MLP, module__dropout=0.5, max_epochs=3)), X, y),
        "batch normalisation": Kind(corrected(make_net(BatchNorm, max_epochs=3)), X, y),
        "LSTM": Kind(corrected(lstm), tokens, (tokens[:, -1] > 15).astype(int)),
        "unhinged loss": Kind(unhinged, X, y),
        "skorch net of the user's": Kind(corrected(users), X, y),
    }


def state_of(classifier: Any) -> bytes:
    """Weights, buffers and modes of module and criterion, and the global generators."""
    net = classifier.estimator_
    parts = [net.module_, net.criterion_]
    return pickle.dumps(
        (
            [[value.numpy().tobytes() for value in part.state_dict().values()] for part in parts],
            [[module.training for module in part.modules()] for part in parts],
            *generators(),
        )
    )


def generators() -> tuple[bytes, ...]:
    """States of the global generators of PyTorch and numpy."""
    of_numpy = np.random.get_state()  # noqa: NPY002
    return torch.get_rng_state().numpy().tobytes(), pickle.dumps(of_numpy)


def beside(n_threads: int, *tasks: Callable[[], Any]) -> list[Any]:
    """Run tasks in threads; their results, in the order of the tasks."""
    with ThreadPoolExecutor(n_threads) as pool:
        return [future.result() for future in [pool.submit(task) for task in tasks]]


def wrong_answers(kind: Kind, n_threads: int, n_calls: int) -> tuple[int, bool]:
    """How many answers differ from those to one thread, and whether everything is as before."""
    classifier = kind.classifier.fit(kind.X, kind.y)
    parts = [kind.X[start : start + 60] for start in range(0, 180, 20)]
    expected = [classifier.predict_proba(part) for part in parts]
    before = state_of(classifier)

    def ask(thread: int) -> int:
        n_wrong = 0
        for call in range(n_calls):
            which = (call + thread) % len(parts)
            n_wrong += not np.array_equal(classifier.predict_proba(parts[which]), expected[which])
        return n_wrong

    asked = beside(n_threads, *[lambda t=t: ask(t) for t in range(n_threads)])
    return sum(asked), state_of(classifier) == before


def fits_beside(kind: Kind) -> tuple[bool, bool]:
    """Whether fits end as alone: beside a fit of another seed, and beside predictions."""
    from sklearn.base import clone

    def fitted(seed: int) -> Any:
        return clone(kind.classifier).set_params(random_state=seed).fit(kind.X, kind.y)

    def weights(classifier: Any) -> list[bytes]:
        state = classifier.estimator_.module_.state_dict()
        return [value.numpy().tobytes() for value in state.values()]

    alone = [fitted(seed) for seed in (1, 2)]
    before = generators()
    together = beside(2, *[lambda s=s: fitted(s) for s in (1, 2)])
    same = all(weights(a) == weights(b) for a, b in zip(alone, together, strict=True))

    def ask() -> None:
        for _ in range(30):
            alone[1].predict_proba(kind.X)

    beside_predictions, *_ = beside(3, lambda: fitted(1), ask, ask)
    undisturbed = weights(beside_predictions) == weights(alone[0])
    untouched = generators() == before
    return same and untouched, undisturbed and untouched


def page(n_threads: int, n_calls: int) -> str:
    """The results as Markdown."""
    lines = []
    for name, kind in kinds().items():
        start = time.perf_counter()
        n_wrong, unchanged = wrong_answers(kind, n_threads, n_calls)
        seconds = time.perf_counter() - start
        fits, fit_and_predict = fits_beside(kind)
        cells = [name, f"{n_wrong} of {n_threads * n_calls}"]
        cells += ["yes" if good else "NO" for good in (unchanged, fits, fit_and_predict)]
        lines.append("| " + " | ".join([*cells, f"{seconds:.1f}"]) + " |")
    command = "python examples/benchmarks/threads.py --output docs/results/threads.md"
    versions = f"Python {platform.python_version()}, PyTorch {torch.__version__}"
    table = "\n".join(lines)
    return f"""# Threads

{n_threads} threads ask one fitted classifier {n_calls} times each. An answer is wrong if a single
bit differs from what one thread got before. The state is that of weights, buffers, modes of all
modules and the global generators of PyTorch and numpy. Fits run in two threads at once, and one
beside two threads that predict: "alike" means that they end in the weights of fits alone.

    {command}

Machine: {machine()}. Versions: {versions}, skorch {skorch.__version__}. Seed 0.

| network | wrong answers | state unchanged | two fits alike | fit beside predictions alike | s |
|---|---:|---|---|---|---:|
{table}
"""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--output", type=Path, help="Markdown page to write")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    text = page(options.threads, options.calls)
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
