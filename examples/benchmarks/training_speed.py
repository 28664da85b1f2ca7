"""How fast training and prediction are, beside a bare PyTorch loop, skorch and scikit-learn.

    OMP_NUM_THREADS=1 python examples/benchmarks/training_speed.py
    python examples/benchmarks/training_speed.py --only table-128 predict --rounds 7 --device cuda

Every contestant runs in a process of its own, after a small run that is not timed; runs are
interleaved, each round in the reverse order of the one before. The table gives medians over the
rounds of wall and processor seconds, and of their ratio to the reference within a round. Writes
docs/results/training_speed_<device>_<threads>.md, with every run in a .csv beside it and a figure
of how cost grows; ``--report`` makes the page anew from the .csv. Races that an earlier call of
the same script ran stay in both, so that a long session may be cut into pieces with ``--only``.

The race "count" needs cleanlab in the environment.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from training_bars import bar_lines
from training_contestants import Race, races, table_data

from sknoisy._files import replacing, write_text

RESULTS = Path(__file__).parents[2] / "docs" / "results"
COLUMNS = ("race", "contestant", "round", "wall_s", "cpu_s", "extra_mb", "load")
SIZES = (10**4, 3 * 10**4, 10**5, 3 * 10**5, 10**6)


# %% One run in a process of its own


def run_worker(args: argparse.Namespace) -> None:
    race = races(args.quick)[args.race]
    args.batch, args.epochs = race.settings["batch"], race.settings["epochs"]
    X, y = race.data(args)
    epochs, args.epochs = args.epochs, min(args.epochs, 1)
    race.contestants[args.worker](X[:1000], y[:1000], args)()  # What is loaded on first use.
    args.epochs = epochs
    work = race.contestants[args.worker](X, y, args)
    forget_peak()
    before = peak_memory()
    wall, processor = time.perf_counter(), time.process_time()
    work()
    print(
        time.perf_counter() - wall,
        time.process_time() - processor,
        peak_memory() - before,
    )


def forget_peak() -> None:
    """Let the peak of memory start anew, where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        pass


def peak_memory() -> float:
    """Peak resident memory of this process in MB."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) / 1e3
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3


def run(name: str, contestant: str, args: argparse.Namespace) -> list[float]:
    command = [sys.executable, __file__, "--race", name, "--worker", contestant]
    command += ["--device", args.device, *(["--quick"] if args.quick else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{name}, {contestant} failed:\n{done.stderr[-2000:]}")
    return [float(value) for value in done.stdout.split()]


def run_race(name: str, contestants: list[str], args: argparse.Namespace) -> list[list]:
    """A row of the .csv for every run; odd rounds go through the contestants backwards."""
    from tqdm import trange

    rows = []
    for number in trange(args.rounds, desc=name):
        for contestant in contestants[:: 1 if number % 2 else -1]:
            measure = import_time if name == "import" else run
            rows.append([name, contestant, number, *measure(name, contestant, args), load()])
    return rows


def load() -> float:
    """Processes that ran or waited, on average over the last minute."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")


def import_time(name: str, statement: str, args: argparse.Namespace) -> list[float]:
    start, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = os.times()
    children = after.children_user + after.children_system
    return [
        time.perf_counter() - start,
        children - before.children_user - before.children_system,
        0.0,
    ]


def run_growth(args: argparse.Namespace) -> list[list]:
    """Seconds per epoch of trainings on more and more rows, in this process."""
    from sknoisy import RobustLossClassifier, make_net

    rows = []
    for n_rows in SIZES[:2] if args.quick else SIZES:
        X, y = table_data(n_rows)
        net = make_net(max_epochs=4, batch_size=1024, device=args.device)
        before = time.process_time()
        clf = RobustLossClassifier(net, loss="cross_entropy", random_state=0).fit(X, y)
        processor = (time.process_time() - before) / 4
        # The first epoch also records; the memory is not measured.
        for number, seconds in enumerate(clf.history_[1:, "dur"]):
            rows.append(["growth", str(n_rows), number, seconds, processor, 0.0, load()])
    return rows


# %% Report


def table_of(race: Race, found: dict[str, np.ndarray]) -> list[str]:
    rivals = [race.reference, *(["sknoisy"] if "sknoisy" in found else [])]
    names = ["wall s", "CPU s", "extra MB"]
    names += [f"{what} / {rival}" for rival in rivals for what in ("wall", "CPU")]
    lines = [f"## {race.title}", "", f"| | {' | '.join(names)} |"]
    lines += [f"| --- |{' ---: |' * len(names)}"]
    for contestant, runs in found.items():
        wall, processor, memory = np.median(runs[:, :3], axis=0)
        numbers = [f"{wall:.2f}", f"{processor:.2f}", f"{memory:.0f}"]
        for rival in rivals:
            numbers += [f"{r:.2f}" for r in np.median(runs[:, :2] / found[rival][:, :2], axis=0)]
        lines.append(f"| {contestant} | {' | '.join(numbers)} |")
    loads = np.concatenate(list(found.values()))[:, 3]
    busy = f"load average of the machine {loads.min():.1f} to {loads.max():.1f}"
    return [*lines, "", f"{len(found[race.reference])} rounds; {busy}.", ""]


def growth_table(found: dict[str, np.ndarray], figure: Path) -> list[str]:
    lines = ["## How cost grows", "", "Batch 1024, cross-entropy; median of three epochs.", ""]
    lines += ["| rows | seconds per epoch | microseconds per row |", "| ---: | ---: | ---: |"]
    sizes = np.array([int(name) for name in found])
    seconds = np.array([np.median(runs[:, 0]) for runs in found.values()])
    for n_rows, second in zip(sizes, seconds, strict=True):
        lines.append(f"| {n_rows:,} | {second:.3f} | {1e6 * second / n_rows:.2f} |")
    slope = np.polyfit(np.log(sizes), np.log(seconds), 1)[0] if len(sizes) > 1 else np.nan
    lines += ["", f"Slope on logarithmic axes: {slope:.3f} (1 is linear).", ""]
    draw_growth(sizes, seconds, figure)
    return [*lines, f"![Seconds per epoch against rows]({figure.name})", ""]


def draw_growth(sizes: np.ndarray, seconds: np.ndarray, figure: Path) -> None:
    from matplotlib.figure import Figure

    drawing = Figure(figsize=(5, 3.5), layout="constrained")
    axes = drawing.subplots()
    axes.loglog(sizes, seconds, "o-", label="measured")
    axes.loglog(sizes, seconds[-1] * sizes / sizes[-1], ":", color="grey", label="linear")
    axes.set(xlabel="rows", ylabel="seconds per epoch")
    axes.legend()
    with replacing(figure) as beside:
        drawing.savefig(beside, dpi=120)


def header(args: argparse.Namespace) -> list[str]:
    from importlib.metadata import PackageNotFoundError, version

    versions = []
    for package in ("torch", "skorch", "scikit-learn", "numpy", "cleanlab"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            continue
    return [
        f"# Training speed with {args.threads} {'thread' if args.threads == 1 else 'threads'}",
        "",
        f"Command: `OMP_NUM_THREADS={args.threads} python examples/benchmarks/training_speed.py`, "
        "in pieces with `--only`; one process per run, each round in the reverse order of the one "
        "before; medians over the rounds; ratios within a round. `sknoisy` times the whole `fit` "
        "of the classifier, `bare PyTorch` a loop without validation, scores or bookkeeping.",
        "",
        f"Machine: {processor_name()}, {os.cpu_count()} CPUs, {platform.system()}; threads "
        f"{args.threads}; device {args.device}. Python {platform.python_version()}, "
        f"{', '.join(versions)}. {args.note}".rstrip(),
        "",
    ]


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def read_runs(path: Path) -> list[list]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [[race, name, int(number), *map(float, rest)] for race, name, number, *rest in rows]


def write_report(rows: list[list], output: Path, args: argparse.Namespace) -> None:
    with (
        replacing(output.with_suffix(".csv")) as beside,
        beside.open("w", encoding="utf-8", newline="") as file,
    ):
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(
            [*row[:3], *(f"{value:.4f}" for value in row[3:])] for row in sorted(rows, key=order_of)
        )
    lines = header(args)
    for name, race in {**races(args.quick), "import": IMPORTS, "growth": None}.items():
        found: dict[str, list] = {}
        for row in sorted((row for row in rows if row[0] == name), key=order_of):
            found.setdefault(row[1], []).append(row[3:])
        if not found:
            continue
        runs = {contestant: np.array(values) for contestant, values in found.items()}
        if name == "growth":
            lines += growth_table(runs, output.with_name(f"{output.stem}_growth.png"))
        else:
            lines += [*table_of(race, runs), *bar_lines(name, runs, args.device)]
    write_text(output, "\n".join(lines))


IMPORTS = Race(
    "Import, in a new process",
    "import skorch, sklearn",
    {"import sknoisy": None, "import skorch, sklearn": None},
    None,
    {},
)


def order_of(row: list) -> tuple:
    """The order of races and contestants in the script, then rounds."""
    known = {**races(False), "import": IMPORTS}
    names = list(known[row[0]].contestants) if row[0] in known else []
    place = names.index(row[1]) if names else int(row[1])
    return ([*known, "growth"].index(row[0]), place, row[2])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parts = [*races(False), "import", "growth"]
    parser.add_argument("--only", nargs="+", choices=parts, default=parts)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--quick", action="store_true", help="small sizes, to try the script")
    parser.add_argument("--report", action="store_true", help="write the page from the .csv only")
    parser.add_argument("--output", type=Path, default=None)
    parser.add_argument("--note", default="", help="a remark for the page, such as who else ran")
    parser.add_argument("--race", help=argparse.SUPPRESS)
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.worker:
        run_worker(args)
        return
    import torch

    args.threads = torch.get_num_threads()
    where = f"{args.device}_{args.threads}".replace(":", "")
    output = args.output or RESULTS / f"training_speed_{where}.md"
    output.parent.mkdir(parents=True, exist_ok=True)
    rows = read_runs(output.with_suffix(".csv"))
    for name in [] if args.report else args.only:
        known = {**races(args.quick), "import": IMPORTS}
        contestants = list(known[name].contestants) if name in known else []
        new = run_growth(args) if name == "growth" else run_race(name, contestants, args)
        rows = [row for row in rows if row[0] != name] + new
        write_report(rows, output, args)
    if args.report:
        write_report(rows, output, args)
    print(output.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
