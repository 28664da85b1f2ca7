"""What sknoisy says to bad input: every public callable, every kind of wrong argument.

A case is a call with good arguments, one of which is replaced. It is passed if a TypeError or
ValueError (or an error that sknoisy documents) names that argument, was raised by sknoisy or by
scikit-learn's checks, not deep inside another library, before any training, and left all
arguments as they were.

Run from the repository's root::

    python examples/benchmarks/bad_inputs.py --output docs/results/bad_inputs.md
"""

from __future__ import annotations

import argparse
import pickle
import re
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import skorch
import torch
from _bad_calls import Call, Made, StageOne, estimators, predictions, wrappers
from _bad_functions import (
    all_callbacks,
    all_datasets,
    all_losses,
    all_modules,
    figures,
    nets,
    noises,
    scores,
)
from _bad_values import bad_values
from _machine import machine

GROUPS = {
    "sknoisy: estimators": estimators,
    "sknoisy: wrapped classifiers": wrappers,
    "sknoisy: fitted estimators": predictions,
    "sknoisy.make_net": nets,
    "sknoisy.noise": noises,
    "sknoisy.metrics": scores,
    "sknoisy.losses": all_losses,
    "sknoisy.modules": all_modules,
    "sknoisy.callbacks": all_callbacks,
    "sknoisy.inspection": figures,
}
# Layers draw their weights from PyTorch's generator, as PyTorch's own do.
DRAWING = ("sknoisy.modules",)
VERDICTS = ("refused", "accepted", "obscure", "unnamed", "late", "changed")
# Errors that the docstrings promise.
DOCUMENTED = (TypeError, ValueError, FileNotFoundError)


# Other words that name an argument: what two have in common, or what it becomes.
ALIASES = {
    "T_true": ("T_estimated",),
    "estimator": ("module",),
    "history": ("A history",),
    "first_stage": ("A history",),
    "prediction": ("y_pred",),
    "y": ("y_noisy",),
    "y_noisy": ("y_proba", "noisy_proba", "proba", "y_score"),
    "transition_matrix": ("noisy_proba", "clean_prior"),
    "classes": ("y", "y_noisy", "y_clean", "noisy_proba", "proba", "y_proba", "class_map"),
}


# What scikit-learn's classifiers say of rows, without a name.
OF_ROWS = ("Expected 2D array", "Found array", "Complex data", "could not convert", "inhomogeneous")


class Case(NamedTuple):
    """A call with one argument replaced."""

    group: str
    call: Call
    parameter: str
    what: str
    value: Any

    def __str__(self) -> str:
        return f"{self.call.name}({self.parameter}: {self.what})"


class Outcome(NamedTuple):
    """What came of a case."""

    case: Case
    verdict: str
    error: BaseException | None
    seconds: float


def all_cases(every: int = 1) -> Iterator[Case]:
    """All cases, or every n-th one of each group."""
    groups = {**GROUPS, "sknoisy.datasets": lambda: all_datasets(Path(tempfile.gettempdir(), "no"))}
    for group, calls in groups.items():
        cases = [
            Case(group, call, parameter, what, value)
            for call in calls()
            for values in (
                {name: bad_values(kind) for name, kind in call.kinds.items()},
                call.bad,
            )
            for parameter, bad in values.items()
            for what, value in bad.items()
        ]
        yield from cases[::every]


def run(case: Case) -> Outcome:
    """Call it, and judge what came."""
    value = case.value
    arguments = {**case.call.good, case.parameter: value}
    before, generators = contents(arguments), global_generators()
    error: BaseException | None = None
    start = time.perf_counter()
    try:
        if isinstance(value, Made):
            arguments[case.parameter] = value.make()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case.call.function(**arguments)
    except Exception as caught:
        error = caught
    seconds = time.perf_counter() - start
    arguments[case.parameter] = value
    unchanged = contents(arguments) == before
    if case.group not in DRAWING:
        unchanged &= global_generators() == generators
    return Outcome(case, judged(case, error) if unchanged else "changed", error, seconds)


def judged(case: Case, error: BaseException | None) -> str:
    if error is None:
        return "accepted"
    if isinstance(error, StageOne):
        return "late"
    # NotFittedError and BadZipFile are of several kinds: those of Python's own must be there.
    if not isinstance(error, DOCUMENTED) or is_deep(error):
        return "obscure"
    names = {case.parameter, *ALIASES.get(case.parameter, ())}
    if isinstance(case.value, Made):
        names.add(case.value.name)
    named = any(re.search(rf"\b{re.escape(name)}\b", str(error)) for name in names)
    if case.parameter == "X":
        named |= any(words in str(error) for words in OF_ROWS)
    return "refused" if named else "unnamed"


def is_deep(error: BaseException) -> bool:
    """Whether neither sknoisy nor the checks of scikit-learn raised the error."""
    path = traceback.extract_tb(error.__traceback__)[-1].filename.replace("\\", "/")
    return not re.search(r"/sknoisy/|/_bad_|/sklearn/(utils|base)|/skorch/net|bad_inputs", path)


def contents(arguments: dict[str, Any]) -> dict[str, Any]:
    """All that can be compared, byte for byte."""
    return {name: frozen(value) for name, value in arguments.items()}


def frozen(value: Any) -> Any:
    try:
        return pickle.dumps(value)
    except Exception:  # Generators and the like.
        return repr(value)


def global_generators() -> Any:
    return pickle.dumps(np.random.get_state()), torch.get_rng_state().tolist()  # noqa: NPY002


def report(outcomes: list[Outcome], command: str) -> str:
    """The page: counts by group, and what is not as it should be."""
    lines = [
        "# Bad input",
        "",
        "Every public callable, called with one wrong argument at a time: of the wrong type or "
        "length, NaN, infinite, negative, empty, text, complex, of mixed types, not allowed. "
        "*Refused* is a TypeError or ValueError that names the argument, raised by sknoisy or by "
        "scikit-learn's checks before anything is trained. Objects passed and the global "
        "generators are compared before and after.",
        "",
        f"Made by `{command}` with scikit-learn {sklearn.__version__}, PyTorch "
        f"{torch.__version__}, skorch {skorch.__version__} on {machine()}, one thread. Nothing is "
        f"drawn at random but the data, with seed 0.",
        "",
        "| | cases | refused | accepted | obscure error | argument not named | after a training "
        "| object changed |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    groups = list(dict.fromkeys(outcome.case.group for outcome in outcomes))
    for group in [*groups, "all"]:
        counts = Counter(o.verdict for o in outcomes if group in (o.case.group, "all"))
        row = [group, sum(counts.values()), *(counts[verdict] for verdict in VERDICTS)]
        lines.append(f"| {' | '.join(map(str, row))} |")
    failures = [o for o in outcomes if o.verdict != "refused"]
    lines += ["", *(f"- {o.verdict}: {o.case}: {o.error!r:.200}" for o in failures)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", type=Path, help="write the page here")
    parser.add_argument("--every", type=int, default=1, help="run every n-th case")
    parser.add_argument("--only", default="", help="run cases whose text holds this")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cases = (case for case in all_cases(options.every) if options.only in str(case))
    outcomes = [run(case) for case in cases]
    page = report(outcomes, "python examples/benchmarks/bad_inputs.py")
    if options.output:
        options.output.write_text(page, encoding="utf-8")
    print(page)
    slow = sorted(outcomes, key=lambda o: -o.seconds)[:5]
    print("Slowest:", *(f"{o.seconds:.1f} s {o.case}" for o in slow), sep="\n", file=sys.stderr)
    return int(any(o.verdict != "refused" for o in outcomes))


if __name__ == "__main__":
    sys.exit(main())
