"""Do corrected networks forget what they knew, once they memorise wrong labels?

    python examples/benchmarks/memorising.py --quick --data-home DIR
    python examples/benchmarks/memorising.py --quick --seeds 10 --only data=digits
    python examples/benchmarks/memorising.py --full --data-home DIR
    python examples/benchmarks/memorising.py report

MNIST, IMDB and CIFAR-10 with a known T, the digits of scikit-learn with an estimated one. Recorded
are the accuracy on clean test labels of the network that is kept, and that of its best epoch, which
only clean labels tell. "backward, paper" is the loss of Patrini et al.; the others are defaults.
"stopped" leaves out a tenth of the rows (early_stopping=True). --full adds all reviews of IMDB.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from skorch.callbacks import Callback

sys.path.insert(0, str(Path(__file__).parents[1] / "papers"))

from _experiments import Context, Study, main
from _problems import NETWORKS, Problem, load, noise_matrix
from memorising_report import report

from sknoisy import (
    BackwardCorrectedClassifier,
    ForwardCorrectedClassifier,
    RobustLossClassifier,
    TransitionMatrixEstimator,
    make_net,
)
from sknoisy.callbacks import BestEpoch
from sknoisy.modules import MLP
from sknoisy.noise import MNIST_CLASS_MAP, class_map_transition_matrix, corrupt_labels


class Training(NamedTuple):
    network: str
    epochs: int
    n_train: int | None
    noises: tuple[str, ...]


TRAININGS = {
    "mnist": Training(
        "mlp", 12, None, ("symmetric 0.2", "asymmetric 0.2", "asymmetric 0.45", "asymmetric 0.6")
    ),
    "imdb": Training("embedding", 10, 3000, ("asymmetric 0.4",)),
    "cifar10": Training("convnet4", 8, 3000, ("asymmetric 0.4",)),
    # As the quickstart.
    "digits": Training("mlp", 40, None, ("class map 0.3",)),
}
# A network that sees 3,000 reviews ten times has not finished learning; this one has.
FULL_TRAININGS = {"imdb": Training("embedding", 12, None, ("asymmetric 0.4",))}
METHODS = (
    "cross-entropy",
    "forward",
    "forward, stopped",
    "backward",
    "backward, stopped",
    "backward, paper",
)
PAPER = {"base_loss": "cross_entropy"}


class CleanAccuracy(Callback):
    """The accuracy on clean test rows after each epoch, which nothing is chosen by."""

    def __init__(self, X: Any, y: Any) -> None:
        self.X, self.y = X, y

    def initialize(self) -> None:
        self.found_: list[float] = []

    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        predicted = net.predict_proba(self.X).argmax(axis=1)
        self.found_.append(float((predicted == self.y).mean()))


def digits(seed: int) -> Problem:
    X, y = load_digits(return_X_y=True)
    X, X_test, y, y_test = train_test_split(
        (X / 16).astype(np.float32), y, test_size=0.25, stratify=y, random_state=seed
    )
    return Problem(X, y, X_test, y_test)


def true_transition_matrix(data: str, noise: str, n_classes: int) -> NDArray[np.float64]:
    kind, rate = noise.rsplit(" ", 1)
    if kind == "class map":
        return class_map_transition_matrix(MNIST_CLASS_MAP, float(rate), classes=n_classes)
    return noise_matrix(data, kind, float(rate), n_classes)


def new_net(data: str, training: Training, watchers: Sequence[Callback] = ()) -> Any:
    if data == "digits":
        adagrad = {"optimizer": torch.optim.Adagrad, "lr": 0.01, "module__hidden_sizes": (128, 128)}
        params: dict[str, Any] = {"module": MLP, "module__dropout": 0.2, **adagrad}
    else:
        params = NETWORKS[training.network](training.epochs)
    # The last epoch, not the one that a validation set would choose.
    callbacks = [c for c in params.get("callbacks", ()) if not isinstance(c, BestEpoch)]
    params |= {"callbacks": [*callbacks, *watchers]}
    return make_net(max_epochs=training.epochs, batch_size=128, **params)


def new_classifier(method: str, net: Any, T: Any, seed: int) -> Any:
    name, _, how = method.partition(", ")
    if name == "cross-entropy":
        return RobustLossClassifier(net, loss="cross_entropy", random_state=seed)
    kind = {"forward": ForwardCorrectedClassifier, "backward": BackwardCorrectedClassifier}[name]
    params = {"stopped": {"early_stopping": True}, "paper": PAPER, "": {}}[how]
    return kind(net, transition_matrix=T, random_state=seed, **params)


def trainings(scale: str) -> dict[str, Training]:
    return FULL_TRAININGS if scale == "full" else TRAININGS


def grid(scale: str) -> list[dict[str, Any]]:
    return [
        {"data": data, "noise": noise, "method": method}
        for data, training in trainings(scale).items()
        if scale != "tiny" or data == "digits"
        for noise in training.noises
        for method in METHODS
    ]


def run(settings: dict[str, Any], seed: int, context: Context) -> dict[str, Any]:
    data = settings["data"]
    training = trainings(settings["scale"])[data]
    if settings["scale"] == "tiny":
        training = training._replace(epochs=2)
    if data == "digits":
        problem = digits(seed)
    else:
        problem = load(data, context.data_home, training.n_train)
    T = true_transition_matrix(data, settings["noise"], problem.n_classes)
    net = new_net(data, training, [CleanAccuracy(problem.X_test, problem.y_test)])
    # No clean accuracy in stage one.
    stage_one = TransitionMatrixEstimator(new_net(data, training), random_state=seed)
    given = stage_one if data == "digits" else T
    clf = new_classifier(settings["method"], net, given, seed)
    clf.fit(problem.X, corrupt_labels(problem.y, T, random_state=seed))
    proba = clf.predict_proba(problem.X_test)
    scored = next(c for _, c in clf.estimator_.callbacks_ if isinstance(c, CleanAccuracy))
    return {
        "accuracy": round(100 * float((proba.argmax(axis=1) == problem.y_test).mean()), 2),
        "best_epoch": round(100 * max(scored.found_), 2),
        "log_loss": round(float(log_loss(problem.y_test, proba.astype(float))), 4),
        "epochs": len(scored.found_),
    }


STUDY = Study(
    name="memorising",
    description=__doc__,
    settings=("data", "noise", "method"),
    results=("accuracy", "best_epoch", "log_loss", "epochs"),
    grid=grid,
    run=run,
    report=report,
    seeds={"tiny": 1, "quick": 3, "full": 3},
)

if __name__ == "__main__":
    sys.exit(main(STUDY))
