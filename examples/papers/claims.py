"""Every claim of both papers in one table: what they say, what is measured here, and why not.

    python examples/papers/claims.py

The rows are those of the other scripts of this folder, and of benchmarks/label_budget.py; the page
is docs/results/claims.md.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from _claims import NOT_RUN, Claim, Finding, Rows, accuracy, listed
from _claims_correction import CORRECTION
from _claims_massive import MASSIVE
from _experiments import RESULTS
from _reports import select, unique, write_page
from _results import ResultsError, read_rows


def budget(rows: Rows) -> Finding:
    some = select(rows, scale="full")
    if not some:
        return NOT_RUN
    found = {name: 100 * accuracy(some, name) for name in ("plan", "noisy", "half", "verified")}
    names = {
        "plan": "label_budget",
        "noisy": "all noisy",
        "half": "half",
        "verified": "all verified",
    }
    better = [found["plan"] > found[name] for name in ("noisy", "half", "verified")]
    at_prices = [
        f"{at['plan']:.1f} for {max(number for name, number in at.items() if name != 'plan'):.1f}"
        for ratio in unique(some, "ratio")
        for at in [{name: 100 * accuracy(some, name, ratio=ratio) for name in found}]
    ]
    return Finding(
        f"over five problems and all prices, {listed({names[k]: v for k, v in found.items()})}; "
        f"price by price, against the best of the three there, {', '.join(at_prices)}",
        "on average" if all(better) else "in part" if any(better) else "no",
    )


OPEN_END = (
    Claim(
        "conclusion",
        "open: what to buy, more labels or better ones, against fixed policies",
        budget,
    ),
)

SOURCES = (
    ("Massive label noise", "[B]: Rolnick et al. (2017)", "rolnick_2017", MASSIVE),
    ("Loss correction", "[A]: Patrini et al. (2017)", "patrini_2017", CORRECTION),
    ("What to buy next", "An open end of [B]", "label_budget", OPEN_END),
)


def page(folder: Path) -> list[str]:
    lines = [
        "# The claims of both papers",
        "",
        "Accuracy on clean test labels in percent, mean over the seeds that were run; the linked "
        "pages give settings, spread, command, machine, versions and seeds, and say run by run "
        "what was not run. What differs most from the paper's settings stands in brackets.",
        "",
        "Command: `python examples/papers/claims.py`",
        "",
    ]
    for title, source, name, claims in SOURCES:
        rows = read_rows(folder / f"{name}.csv")
        lines += [f"## {title}", "", f"{source}; measured on [this page]({name}.md).", ""]
        lines += ["| | the paper | here | holds |", "| --- | --- | --- | --- |"]
        for claim in claims:
            found = claim.check(rows)
            lines.append(f"| {claim.place} | {claim.text} | {found.here} | {found.holds} |")
        lines.append("")
    return lines


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=RESULTS, help="default: docs/results")
    folder = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"--folder must be a folder of results; there is no folder {folder}.")
    try:
        lines = page(folder)
    except ResultsError as error:
        raise SystemExit(str(error)) from error
    print(write_page(lines, folder / "claims.md"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
