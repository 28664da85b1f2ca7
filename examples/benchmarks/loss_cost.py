"""What each loss costs, next to PyTorch's cross-entropy.

One forward plus one backward pass of the loss alone, on one thread. The losses take turns, so that
whatever else slows the machine down slows all of them: each round gives one ratio per loss, to
PyTorch's cross-entropy in the same round, and the table shows the medians.

Run from the repository's root::

    python examples/benchmarks/loss_cost.py --output docs/results/loss_cost.md
"""

from __future__ import annotations

import argparse
import platform
import random
import statistics
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from _machine import machine
from torch import Tensor
from torch.nn import functional as F

from sknoisy._files import write_text
from sknoisy.losses import LOSSES, Criterion

BATCH = 1024
BASELINE = "torch.nn.functional.cross_entropy"
PRODUCT = "torch.nn.functional.cross_entropy of h @ T"
BY_AUTOGRAD = "-log((softmax(h) @ T)[y]), by autograd"
BAR = 1.5


def contenders(k: int, y: Tensor) -> dict[str, Callable[[Tensor], Tensor]]:
    """Return the losses by name, each a function of the logits."""
    T = torch.full((k, k), 0.2 / (k - 1)).fill_diagonal_(0.8)
    index = torch.arange(len(y))
    losses: dict[str, Callable[[Tensor], Tensor]] = {
        BASELINE: lambda h: F.cross_entropy(h, y),
        PRODUCT: lambda h: F.cross_entropy(h @ T, y),
        BY_AUTOGRAD: lambda h: F.nll_loss((h.softmax(dim=1) @ T).log(), y),
    }
    for name, criterion_class in LOSSES.items():
        params: dict[str, Any] = {}
        if criterion_class.needs_transition_matrix:
            params["transition_matrix"] = T
        criterion = criterion_class(**params)
        losses[name] = partial(
            _criterion_first, criterion, (y, None, index) if criterion.needs_index else y
        )
    return losses


def _criterion_first(criterion: Criterion, target: Any, logits: Tensor) -> Tensor:
    loss: Tensor = criterion(logits, target)
    return loss


def seconds(loss: Callable[[Tensor], Tensor], logits: Tensor) -> float:
    """Return the seconds that one forward and backward pass takes."""
    leaf = logits.detach().requires_grad_()
    start = time.perf_counter()
    loss(leaf).backward()
    return time.perf_counter() - start


def measure(k: int, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median microseconds and the median ratio to the baseline, by loss."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(BATCH, k, generator=generator)
    losses = contenders(k, torch.randint(k, (BATCH,), generator=generator))
    for loss in losses.values():
        seconds(loss, logits)
    runs = []
    shuffler = random.Random(0)
    for _ in range(rounds):
        # In random order: whoever runs right after a large product finds the cache cold.
        order = shuffler.sample(list(losses), len(losses))
        runs.append({name: seconds(losses[name], logits) for name in order})
    return {
        name: (
            1e6 * statistics.median(run[name] for run in runs),
            statistics.median(run[name] / run[BASELINE] for run in runs),
        )
        for name in losses
    }


def verdicts(results: dict[int, dict[str, tuple[float, float]]]) -> list[str]:
    """Return the bars for the forward correction, measured."""
    (small, at_small), (large, at_large) = results.items()
    ratio = at_small["forward"][1]
    forward, plain, product = (at_large[name][0] for name in ("forward", BASELINE, PRODUCT))
    return [
        f"- K = {small}: `forward` takes {ratio:.2f} times PyTorch's cross-entropy; the bar is at "
        f"most {BAR}, it {holds(ratio <= BAR)}.",
        f"- K = {large}: the bar is that a matrix product is all that comes on top. `forward` "
        f"takes {forward:,.0f} µs, cross-entropy {plain:,.0f} and with a product {product:,.0f}: "
        f"it {holds(forward <= product)}. The loss reads one column of T for each example, and "
        f"takes no product.",
    ]


def holds(is_held: bool) -> str:
    return "holds" if is_held else "does not hold"


def report(rounds: dict[int, int]) -> str:
    """Measure, and return the page in Markdown."""
    results = {k: measure(k, n) for k, n in rounds.items()}
    first, *_ = results.values()
    names = sorted(first, key=lambda name: first[name][1])
    sizes = ", ".join(f"{n:,} rounds at K = {k}" for k, n in rounds.items())
    rows = [
        f"| {name if name in LOSSES else '*' + name + '*'} | "
        + " | ".join(f"{results[k][name][0]:,.0f} | {results[k][name][1]:.2f}" for k in results)
        + " |"
        for name in names
    ]
    head = " | ".join(f"K = {k}, µs | ratio" for k in results)
    return "\n".join(
        [
            "# Cost of the losses",
            "",
            f"Forward plus backward pass of the loss alone, batch {BATCH}, float32, one thread: "
            "median time, and median of the ratio to PyTorch's cross-entropy in the same round "
            f"({sizes}, the losses in random order).",
            "",
            "    python examples/benchmarks/loss_cost.py --output docs/results/loss_cost.md",
            "",
            f"Machine: {machine()}. Versions: Python {platform.python_version()}, PyTorch "
            f"{torch.__version__}. Seed 0.",
            "",
            *verdicts(results),
            "",
            f"| loss | {head} |",
            "|---|" + "---:|---:|" * len(results),
            *rows,
            "",
        ]
    )


def main() -> None:
    """Print the table, and write it where asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=1000, help="rounds at K = 10")
    parser.add_argument("--output", type=Path, help="Markdown file to write")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    page = report({10: arguments.rounds, 1000: max(5, arguments.rounds // 5)})
    print(page)
    if arguments.output is not None:
        write_text(arguments.output, page)


if __name__ == "__main__":
    main()
