"""Ctrl-C at random moments of every stage: is the classifier as before, and the cache empty?

    OMP_NUM_THREADS=1 python examples/benchmarks/interrupts.py --n 60

SIGINT is sent at a random step of a stage, after a random part of the time that some steps take.
Half of the classifiers are unfitted before, half are fitted. The page is
docs/results/interrupts.md.
"""

from __future__ import annotations

import argparse
import copy
import platform
import shutil
import signal
import tempfile
import time
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import sklearn
import torch
from _machine import machine
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted
from tqdm import tqdm

from sknoisy import ForwardCorrectedClassifier, TransitionMatrixEstimator, make_net
from sknoisy._iterators import BatchLoader
from sknoisy.noise import corrupt_labels, symmetric_transition_matrix

PAGE = Path(__file__).parents[2] / "docs" / "results" / "interrupts.md"
EPOCHS, WARM_UP, FINE_TUNE = 7, 2, 3
STAGES = ("folds of stage one", "warm-up", "main part", "fine-tuning", "partial_fit")
OUTCOMES = ("unfitted", "as before", "after the end", "WRONG")
# The signal comes within so many steps of the one that was drawn.
LATEST_STEP = 4
ROWS = 300
T = symmetric_transition_matrix(3, 0.3)


class Trigger:
    """Sends SIGINT some time after a step of the training has begun."""

    def __init__(self) -> None:
        self.disarm()

    def arm(self, step: int, delay: float) -> None:
        self.step, self.delay, self.n_steps = step, delay, 0

    def disarm(self) -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.step, self.delay, self.n_steps = -1, 0.0, 0

    def tick(self) -> None:
        if self.n_steps == self.step:
            signal.setitimer(signal.ITIMER_REAL, max(self.delay, 1e-6))
        self.n_steps += 1


TRIGGER = Trigger()


class CountedLoader(BatchLoader):
    def __iter__(self):
        for batch in super().__iter__():
            TRIGGER.tick()
            yield batch


def counted_loader(dataset, **settings):
    return CountedLoader(dataset, **settings)


@cache
def problem() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, noisy labels, and the clean ones of some of them."""
    X, y = make_classification(
        ROWS, 8, n_informative=6, n_classes=3, n_clusters_per_class=1, class_sep=2, random_state=0
    )
    trusted = np.where(np.arange(ROWS) < ROWS // 3, y, np.nan)
    return X.astype(np.float32), corrupt_labels(y, T, random_state=0), trusted


def classifier(stage: str, folder: str | None = None) -> ForwardCorrectedClassifier:
    net = make_net(
        module__hidden_sizes=(16,),
        max_epochs=EPOCHS,
        batch_size=32,
        lr=0.01,
        iterator_train=counted_loader,
    )
    return ForwardCorrectedClassifier(
        net,
        transition_matrix=TransitionMatrixEstimator(net) if stage == STAGES[0] else T,
        warm_up=WARM_UP,
        fine_tune_epochs=0 if stage == "partial_fit" else FINE_TUNE,
        memory=folder,
        random_state=0,
    )


def train(clf: ForwardCorrectedClassifier, stage: str) -> None:
    X, y, trusted = problem()
    if stage == "partial_fit":
        clf.partial_fit(X, y, classes=[0, 1, 2])
    else:
        clf.fit(X, y, y_trusted=trusted)


@cache
def undisturbed(stage: str, n_before: int) -> tuple[range, float, np.ndarray]:
    """Numbers of the stage's steps, seconds of one, and what a whole training predicts.

    `n_before` trainings come first, which matter to `partial_fit` only.
    """
    clf = classifier(stage)
    for _ in range(n_before if stage == "partial_fit" else 0):
        train(clf, stage)
    TRIGGER.disarm()
    start = time.perf_counter()
    train(clf, stage)
    seconds = (time.perf_counter() - start) / TRIGGER.n_steps
    steps = clf.history_[:, "train_batch_count"]
    last = TRIGGER.n_steps
    counts = {  # Backwards from the end.
        "fine-tuning": sum(steps[EPOCHS:]),
        "main part": sum(steps[WARM_UP:EPOCHS]),
        "warm-up": sum(steps[:WARM_UP]),
        STAGES[0]: last - sum(steps),
    }
    if stage == "partial_fit":
        return range(last), seconds, clf.predict_proba(problem()[0])
    for name, count in counts.items():
        if name == stage:
            break
        last -= count
    return range(last - count, last), seconds, clf.predict_proba(problem()[0])


@cache
def fitted(stage: str) -> ForwardCorrectedClassifier:
    clf = classifier(stage)
    train(clf, stage)
    return clf


def interrupt(stage: str, seed: int) -> tuple[str, int]:
    """The outcome of one interruption, and how many entries the cache had after it."""
    rng = np.random.default_rng([STAGES.index(stage), seed])
    X = problem()[0]
    was_fitted = bool(seed % 2)
    steps, seconds, whole = undisturbed(stage, int(was_fitted))
    folder = tempfile.mkdtemp()
    try:
        clf = classifier(stage)
        if was_fitted:
            clf = copy.deepcopy(fitted(stage))
            proba = clf.predict_proba(X)
        clf.set_params(memory=folder)
        before, n_epochs = dict(vars(clf)), len(getattr(clf, "history_", ()))
        TRIGGER.arm(rng.choice(steps), rng.uniform(0, LATEST_STEP * seconds))
        try:
            train(clf, stage)
            raised = False
        except KeyboardInterrupt:
            raised = True
        TRIGGER.disarm()
        n_entries = len(list(Path(folder).rglob("output.pkl")))
        outcome = "WRONG"
        if vars(clf).keys() == before.keys() and all(
            value is before[name] for name, value in vars(clf).items()
        ):
            if raised and not was_fitted and is_unfitted(clf):
                outcome = "unfitted"
            elif raised and was_fitted and len(clf.history_) == n_epochs:
                outcome = "as before" if np.array_equal(clf.predict_proba(X), proba) else outcome
        elif np.array_equal(clf.predict_proba(X), whole):
            outcome = "after the end"
        # Whatever is cached serves the next fit as if nothing had been.
        if stage == STAGES[0]:
            again = clone(clf)
            train(again, stage)
            outcome = outcome if np.array_equal(again.predict_proba(X), whole) else "WRONG"
        return outcome, n_entries
    finally:
        TRIGGER.disarm()
        shutil.rmtree(folder)


def is_unfitted(clf: ForwardCorrectedClassifier) -> bool:
    try:
        check_is_fitted(clf)
    except NotFittedError:
        return True
    return False


def interrupted(n: int, stages: tuple[str, ...] = STAGES) -> dict[str, Counter]:
    """Outcomes of n interruptions of each stage, and of how many cache entries there were."""
    handlers = {
        signal.SIGALRM: lambda *args: signal.raise_signal(signal.SIGINT),
        signal.SIGINT: signal.default_int_handler,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    counts: dict[str, Counter] = {stage: Counter() for stage in stages}
    try:
        for stage in stages:
            for seed in tqdm(range(n), desc=stage, disable=None):
                outcome, n_entries = interrupt(stage, seed)
                counts[stage][outcome] += 1
                counts[stage]["entries"] += n_entries
                if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
                    counts[stage]["WRONG"] += 1
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return counts


def page(counts: dict[str, Counter], n: int) -> str:
    columns = [*OUTCOMES, "entries"]
    rows = [
        f"| {stage} | " + " | ".join(str(count[column]) for column in columns) + " |"
        for stage, count in counts.items()
    ]
    return "\n".join(
        [
            "# Interruptions",
            "",
            f"Ctrl-C (SIGINT) at {n} random moments of each stage of "
            f"`ForwardCorrectedClassifier`, on {ROWS} rows: {EPOCHS} epochs, of which {WARM_UP} "
            f"are the warm-up, and {FINE_TUNE} of fine-tuning. Half of the classifiers were "
            "fitted before (odd seeds), half were not.",
            "",
            f"Command: `OMP_NUM_THREADS=1 python examples/benchmarks/interrupts.py --n {n}`, "
            f"seeds 0 to {n - 1}. {machine()}; Python {platform.python_version()}, torch "
            f"{torch.__version__}, scikit-learn {sklearn.__version__}.",
            "",
            "| stage | " + " | ".join(OUTCOMES) + " | cache entries |",
            "| --- |" + " ---: |" * len(columns),
            *rows,
            "",
            "- *unfitted*, *as before*: KeyboardInterrupt was raised; attributes are the very "
            "objects of before, and a fitted classifier predicts the same bits.",
            "- *after the end*: the signal came so late that the training was whole.",
            "- *WRONG*: anything else, among it a later fit, with the same cache, that is not "
            "the undisturbed one in every bit.",
            "- *cache entries*: stored first stages after the interruption; those there are were "
            "complete before the signal came.",
            "",
        ]
    )


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=60, help="interruptions of each stage")
    parser.add_argument("--stages", nargs="+", choices=STAGES, default=STAGES)
    parser.add_argument("--output", type=Path, default=PAGE)
    args = parser.parse_args(arguments)
    counts = interrupted(args.n, tuple(args.stages))
    args.output.write_text(page(counts, args.n), encoding="utf-8")
    for stage, count in counts.items():
        print(stage, dict(count))


if __name__ == "__main__":
    main()
