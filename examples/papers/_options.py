"""The command line of a study."""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from _experiments import Study

RESULTS = Path(__file__).parents[2] / "docs" / "results"
SCALES = ("tiny", "quick", "full")


def parse_arguments(study: Study, arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=study.description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    commands = ["run", "list", "report", "merge"]
    add("command", nargs="?", default="run", choices=commands, help="default: run")
    add("files", nargs="*", type=Path, help="for merge: files whose rows are added to the output")
    scales = parser.add_mutually_exclusive_group()
    for scale, help in zip(
        SCALES,
        ("seconds, to see that it works", "minutes on two cores", "as in the paper"),
        strict=True,
    ):
        scales.add_argument(
            f"--{scale}", dest="scale", action="store_const", const=scale, help=help
        )
    parser.set_defaults(scale="quick")
    add("--seeds", type=int, help=f"how many, from 0 (default: {dict(study.seeds)})")
    add(
        "--only",
        nargs="+",
        default=[],
        metavar="NAME=VALUE|VALUE",
        help="runs that meet all of these: a setting, or a value of any of them, as in "
        "network=mlp,lstm or mlp,lstm",
    )
    add("--device", default="cpu", help="cpu (default), cuda, cuda:N or mps")
    add("--jobs", type=int, default=1, help="runs at the same time, say on one GPU (default: 1)")
    add("--data-home", type=Path, help="folder of the data (default: $SKNOISY_DATA_HOME)")
    add("--output", type=Path, help=f"default: docs/results/{study.name}.csv")
    add(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="skip the runs that the output holds, but those that failed (default); otherwise set "
        "the old file aside, as .old, .old2 and so on",
    )
    options = parser.parse_args(arguments)
    options.output = options.output or RESULTS / f"{study.name}.csv"
    if options.data_home is None and os.environ.get("SKNOISY_DATA_HOME"):
        options.data_home = Path(os.environ["SKNOISY_DATA_HOME"])
    if options.jobs < 1 or (options.seeds is not None and options.seeds < 1):
        parser.error("--jobs and --seeds must be at least 1.")
    if bool(options.files) != (options.command == "merge"):
        parser.error("files are for the command merge, which needs at least one.")
    if options.output.is_dir():
        example = options.output / f"{study.name}.csv"
        parser.error(f"--output must be a file; {options.output} is a folder. Try {example}.")
    for path in options.files:
        if not path.is_file():
            parser.error(f"merge needs files of results; there is no file {path}.")
    # The other commands may name a device of another machine.
    if options.command == "run" and not has_device(options.device):
        parser.error(
            f"--device must be cpu, cuda, cuda:N or mps, and one that PyTorch finds here; got "
            f"{options.device!r}. Use --device cpu, or a machine with that GPU and a PyTorch "
            f"built for it."
        )
    return options


def has_device(name: str) -> bool:
    """Whether PyTorch can compute on a device of this name here."""
    try:
        device = torch.device(name)
    except RuntimeError:
        return False
    if device.type == "cuda":
        return torch.cuda.is_available() and (device.index or 0) < torch.cuda.device_count()
    return device.type == "cpu" or (device.type == "mps" and torch.backends.mps.is_available())
