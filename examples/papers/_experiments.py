"""Run a grid of experiments so that it can be interrupted, and report what there is.

A study lists its runs, does one of them, and draws its tables and figures. The rest is here: what
the commands do, the order of the runs, and what happens on Ctrl-C. The command line is read in
_options.py, and the file of results is that of _results.py. A script
holds a `Study` and calls `main(study)`; see patrini_2017.py.

    python examples/papers/patrini_2017.py --quick
    python examples/papers/patrini_2017.py --full --seeds 3 --only data=mnist noise=asymmetric
    python examples/papers/patrini_2017.py list --full
    python examples/papers/patrini_2017.py report
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import platform
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from itertools import count
from multiprocessing import connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sklearn
import skorch
import torch
from _options import RESULTS as RESULTS  # Other scripts take it from here.
from _options import SCALES, parse_arguments
from _results import ResultsError, ResultsFile, Row, as_text, failed, merge_files, read_rows

import sknoisy

# Columns that differ between two runs of the same thing.
TIMES = ("seconds", "finished")
RECORDED = (*TIMES, "note", "device", "machine", "versions")

Settings = Mapping[str, Any]


class Context(NamedTuple):
    """What a run needs beside its settings."""

    device: str = "cpu"
    data_home: Path | None = None


@dataclass(frozen=True)
class Study:
    """The experiments of a paper.

    Parameters
    ----------
    name : str
        Stem of the files of results.
    description : str
        For ``--help``; its first line says what the study is.
    settings : tuple of str
        Names of the settings that tell runs apart, beside "scale" and "seed".
    results : tuple of str
        Names of the columns that a run fills in.
    grid : callable ``(scale) -> list of dict``
        The settings of all runs of a scale ("tiny", "quick" or "full"), in the order in which
        they are done for one seed. What a run does not have may be left out.
    run : callable ``(settings, seed, context) -> dict``
        Does one run; a function at the top of a module. The settings come as the grid gave them.
        It may return "seconds" if wall time is not what counts. A ValueError is noted in the file
        and ends this run only.
    report : callable ``(rows, folder) -> list of Path``
        Writes tables and figures from the rows of the CSV, which are all text.
    seeds : dict
        Default number of seeds by scale.
    """

    name: str
    description: str
    settings: tuple[str, ...]
    results: tuple[str, ...]
    grid: Callable[[str], Sequence[Settings]]
    run: Callable[[Settings, int, Context], Mapping[str, Any]]
    report: Callable[[list[Row], Path], Sequence[Path]]
    seeds: Mapping[str, int] = field(default_factory=lambda: {"tiny": 1, "quick": 1, "full": 3})

    @property
    def key_columns(self) -> tuple[str, ...]:
        return ("scale", *self.settings, "seed")

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key_columns, *self.results, *RECORDED)

    def key(self, job: Settings) -> tuple[str, ...]:
        """What tells a run apart, as text."""
        return tuple(as_text(job.get(name)) for name in self.key_columns)

    def jobs(self, scale: str, n_seeds: int | None = None) -> list[dict[str, Any]]:
        """All runs of a scale, the first seed's before the second's."""
        n_seeds = self.seeds[scale] if n_seeds is None else n_seeds
        grid = self.grid(scale)
        unknown = {name for settings in grid for name in settings} - set(self.settings)
        if unknown:
            raise ValueError(f"The grid of {self.name} uses settings not listed: {unknown}.")
        return [
            {"scale": scale, **settings, "seed": seed}
            for seed in range(n_seeds)
            for settings in grid
        ]


# %% Doing runs


class Interruption:
    """Remembers Ctrl-C: a classifier such as MLPClassifier keeps what it has and returns as usual,
    and what it scores must not be taken for a result."""

    happened = False
    _last = -math.inf

    def __enter__(self) -> Interruption:
        self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def _note(self, *_: Any) -> None:
        self.happened = True
        # `timeout` sends the signal twice; the second one must not stop the end of the workers.
        again = time.monotonic() - self._last < 1
        self._last = time.monotonic()
        if not again:
            raise KeyboardInterrupt

    def __exit__(self, *error: object) -> None:
        signal.signal(signal.SIGINT, self._before)


def execute(study: Study, job: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Do one run; the row of results, a note where it warned or failed."""
    settings = {name: job.get(name) for name in ("scale", *study.settings)}
    outcome: dict[str, Any] = {}
    start = time.perf_counter()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        try:
            outcome = dict(study.run(settings, job["seed"], context))
            notes = list(dict.fromkeys(str(w.message).split(". ")[0] for w in caught))
        except ValueError as error:
            notes = [f"failed: {error}"]
    outcome.setdefault("seconds", time.perf_counter() - start)
    outcome["seconds"] = round(outcome["seconds"], 1)
    return {
        **job,
        **outcome,
        "note": " | ".join(note[:200] for note in notes),
        "finished": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%MZ"),
        "device": context.device,
        "machine": machine(context.device),
        "versions": versions(),
    }


def executed(
    study: Study,
    jobs: Sequence[Mapping[str, Any]],
    context: Context,
    n_jobs: int,
    interruption: Interruption,
) -> Generator[dict[str, Any], None, None]:
    """The rows of all jobs, in their order, `n_jobs` at the same time."""
    if n_jobs == 1:
        for job in jobs:
            row = execute(study, job, context)
            if interruption.happened:
                raise KeyboardInterrupt
            yield row
        return
    spawn = multiprocessing.get_context("spawn")  # CUDA does not survive a fork.
    pool = ProcessPoolExecutor(n_jobs, mp_context=spawn, initializer=_start_worker)
    try:
        for future in [pool.submit(execute, study, job, context) for job in jobs]:
            yield future.result()
    except BaseException:
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The parent is told, and ends the workers.
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """End this worker when its parent is gone, which a killed one does not do itself."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


@cache
def machine(device: str) -> str:
    found = f"{platform.machine()}, {os.cpu_count()} CPUs, {platform.system()}"
    if device.startswith("cuda"):
        found += f", {torch.cuda.get_device_name(device)}"
    return f"{found}, {torch.get_num_threads()} threads"


@cache
def versions() -> str:
    packages = (np, sklearn, skorch, torch, sknoisy)
    found = [f"{package.__name__} {package.__version__}" for package in packages]
    return " ".join([f"python {platform.python_version()}", *found])


# %% Choosing runs


def chosen(study: Study, jobs: Sequence[dict], conditions: Sequence[str]) -> list[dict]:
    """The jobs that meet all conditions, each ``value`` or ``name=value,value``.

    A value that holds a comma itself stands alone.
    """
    for condition in conditions:
        name, _, values = condition.rpartition("=")
        if name and name not in study.key_columns:
            raise SystemExit(f"--only {condition}: names are {', '.join(study.key_columns)}.")
        names = [name] if name else list(study.settings)
        is_one = any(as_text(job.get(n)) == values for job in jobs for n in names)
        wanted = [values] if is_one else values.split(",")
        found = [job for job in jobs if any(as_text(job.get(n)) in wanted for n in names)]
        if not found:
            there = {n: sorted({as_text(job.get(n)) for job in jobs} - {""}) for n in names}
            raise SystemExit(f"--only {condition} leaves no run; there are {there}.")
        jobs = found
    return list(jobs)


def progress_bar(total: int, done: int) -> Any:
    """A bar with the time left; without tqdm a line per run."""
    try:
        from tqdm import tqdm
    except ImportError:
        return _Lines(total, done)
    return tqdm(total=total, initial=done, unit="run", smoothing=0.1, dynamic_ncols=True)


class _Lines:
    def __init__(self, total: int, done: int) -> None:
        self.total, self.n = total, done

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def set_postfix_str(self, text: str) -> None:
        print(f"{self.n + 1} of {self.total}: {text}", file=sys.stderr, flush=True)

    def update(self) -> None:
        self.n += 1


# %% Command line


def main(study: Study, arguments: Sequence[str] | None = None) -> int:
    """The command line of a study; returns the exit status, 1 if a run failed."""
    options = parse_arguments(study, arguments)
    try:
        return do(study, options)
    except ResultsError as error:
        raise SystemExit(str(error)) from error


def do(study: Study, options: argparse.Namespace) -> int:
    """The command that was chosen."""
    if options.command == "report":
        rows = read_rows(options.output)
        if not rows:
            raise SystemExit(f"{options.output} holds no rows; do some runs first.")
        for path in study.report(rows, options.output.parent):
            print(path)
        return 0
    if options.command == "merge":
        order = [study.key(job) for scale in SCALES for job in study.jobs(scale, options.seeds)]
        new = merge_files(options.files, options.output, study.columns, study.key_columns, order)
        print(f"{new} rows added to {options.output}")
        return 0
    jobs = chosen(study, study.jobs(options.scale, options.seeds), options.only)
    if options.command == "list":
        return list_jobs(study, jobs, options.output)
    if not options.resume and options.output.exists():
        set_aside(options.output)
    return run_jobs(study, jobs, options)


def set_aside(path: Path) -> None:
    """Rename a file to the first free of .old, .old2, .old3 and so on."""
    names = (path.with_name(f"{path.name}.old{n if n > 1 else ''}") for n in count(1))
    path.rename(next(name for name in names if not name.exists()))


def list_jobs(study: Study, jobs: Sequence[dict], output: Path) -> int:
    marks = {study.key(row): "failed" if failed(row) else "done" for row in read_rows(output)}
    for job in jobs:
        print(f"{marks.get(study.key(job), ''):6}", label(study, job))
    return 0


def run_jobs(study: Study, jobs: Sequence[dict], options: argparse.Namespace) -> int:
    context = Context(options.device, options.data_home)
    results_file = ResultsFile(options.output, study.columns, study.key_columns)
    with results_file as results, Interruption() as interruption:
        missing = [job for job in jobs if job not in results]
        n_failed = 0
        with progress_bar(len(jobs), len(jobs) - len(missing)) as bar:
            rows = executed(study, missing, context, options.jobs, interruption)
            try:
                for job in missing:
                    bar.set_postfix_str(label(study, job))
                    row = next(rows)
                    results.append(row)
                    n_failed += failed(row)
                    bar.update()
            except KeyboardInterrupt:
                print(
                    f"\nInterrupted; the runs that were done are in {options.output}, and the "
                    f"same command goes on from there.",
                    file=sys.stderr,
                )
                return 130
            finally:
                rows.close()
    if n_failed:
        print(
            f"{n_failed} runs failed; see the column note of {options.output}. The same command "
            f"tries them again.",
            file=sys.stderr,
        )
        return 1
    return 0


def label(study: Study, job: Mapping[str, Any]) -> str:
    """The settings of a run on one line."""
    parts = [as_text(job.get(name)) for name in study.settings]
    return " ".join([*(part for part in parts if part), f"seed {job['seed']}"])
