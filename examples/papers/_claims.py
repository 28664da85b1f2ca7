"""What a claim of a paper is, and how the rows of a study are looked up for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from _reports import mean_and_spread, select, values
from _results import Row

Rows = Sequence[Row]
GPU = "not run: needs a GPU; `gpu.sh` runs it"
NO_DATA = "not run: the data are not freely redistributable, and too large for the machines used"


class Finding(NamedTuple):
    """What was measured, and whether the claim holds: "yes", "in part", "no" or "not run"."""

    here: str
    holds: str


class Claim(NamedTuple):
    place: str
    text: str
    check: Callable[[Rows], Finding]


NOT_RUN = Finding("not run yet: time", "not run")


def accuracy(rows: Rows, column: str = "accuracy", **wanted: object) -> float:
    """Mean over seeds; NaN where there are no rows."""
    return mean_and_spread(values(select(rows, **wanted), column))[0]


def never(why: str) -> Callable[[Rows], Finding]:
    return lambda rows: Finding(why, "not run")


def listed(numbers: Mapping[object, float]) -> str:
    return ", ".join(f"{name}: {number:.1f}" for name, number in numbers.items())


def known(numbers: Mapping[object, float]) -> dict[object, float]:
    return {name: number for name, number in numbers.items() if not math.isnan(number)}


def yes_if(holds: bool) -> str:
    return "yes" if holds else "no"


def verdict(parts: Sequence[bool]) -> str:
    """Whether all parts of a claim hold, some, or none."""
    return "yes" if all(parts) else "in part" if any(parts) else "no"
