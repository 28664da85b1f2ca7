"""What training_speed.py must show: a bar for each measure, and whether it holds.

A measure maps the runs of a race, by contestant, to one number per round; the columns of a run
are wall seconds, processor seconds and extra megabytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

Runs = dict[str, np.ndarray]


class Bar(NamedTuple):
    """At most or at least so much, as the median over rounds."""

    what: str
    measure: Callable[[Runs], np.ndarray]
    at_most: float = np.inf
    at_least: float = -np.inf
    device: str = "cpu"

    def line(self, runs: Runs) -> str:
        values = self.measure(runs)
        median = np.median(values)
        bound = (
            f"at most {self.at_most:g}" if self.at_most < np.inf else f"at least {self.at_least:g}"
        )
        verdict = "holds" if self.at_least <= median <= self.at_most else "does not hold"
        spread = f"{values.min():.3g} to {values.max():.3g}"
        return f"- {self.what}: {median:.3g} ({spread}), {bound}: {verdict}."


def ratio(own: str, other: str) -> dict:
    """Wall time of one contestant over that of another, within a round."""
    return {
        "what": f"{own} / {other}",
        "measure": lambda runs: runs[own][:, 0] / runs[other][:, 0],
    }


def extra_memory(own: str) -> dict:
    return {"what": f"extra MB of {own}", "measure": lambda runs: runs[own][:, 2]}


MATRIX_MB = 100_000 * 500 * 8 / 1e6
ON_GPU = [
    Bar(**ratio("sknoisy", "bare PyTorch"), at_most=0.5, device="cuda"),
    Bar(**ratio("skorch", "sknoisy"), at_least=10, device="cuda"),
]
BARS: dict[str, list[Bar]] = {
    "table-128": [
        Bar(**ratio("sknoisy", "bare PyTorch"), at_most=0.75),
        Bar(**ratio("user's class", "bare PyTorch"), at_most=1.05),
        Bar(**ratio("skorch", "sknoisy"), at_least=1.6),
        *ON_GPU,
    ],
    "table-1024": [
        Bar(**ratio("sknoisy", "bare PyTorch"), at_most=0.9),
        Bar(**ratio("user's class", "bare PyTorch"), at_most=1.05),
        Bar(**ratio("skorch", "sknoisy"), at_least=2.3),
        *ON_GPU,
    ],
    "digits": [
        Bar(**ratio("skorch", "sknoisy"), at_least=2.5),
        Bar(**ratio("sknoisy", "MLPClassifier"), at_most=1.1),
    ],
    "losses": [
        Bar(**ratio("forward", "cross-entropy"), at_most=1.03),
        Bar(**ratio("backward", "cross-entropy"), at_most=1.03),
    ],
    "predict": [Bar(**ratio("sknoisy", "bare PyTorch"), at_most=1.1)],
    "count": [
        Bar(**ratio("sknoisy", "cleanlab"), at_most=1.0),
        Bar(**extra_memory("sknoisy"), at_most=0.05 * MATRIX_MB),
    ],
    "import": [Bar(**ratio("import sknoisy", "import skorch, sklearn"), at_most=1.15)],
}


def bar_lines(race: str, runs: Runs, device: str) -> list[str]:
    """The bars of a race on a device, each with its median, its range over rounds, and whether
    it holds; nothing for races without one.
    """
    bars = [bar for bar in BARS.get(race, []) if device.startswith(bar.device)]
    if not bars:
        return []
    return [
        "Bars, in wall time where it is a ratio; range over rounds in brackets:",
        "",
        *(bar.line(runs) for bar in bars),
        "",
    ]
