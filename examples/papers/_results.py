"""A CSV of results that survives interruptions: one row per run, written as soon as it is done.

A row is written by one call, flushed and synchronised to the disk. A last line that a crash cut
short is removed when the file is opened again, so that the run is done once more.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, str]


class ResultsFile:
    """Rows of a CSV, appended one by one and never rewritten; a context manager.

    Parameters
    ----------
    path : Path
        The file; made, with its folder, if it is not there.
    columns : sequence of str
        Names of the columns, in order.
    key_columns : sequence of str
        The columns that tell runs apart.

    Raises
    ------
    ValueError
        If the file has other columns.
    RuntimeError
        If another process is writing to it.
    """

    def __init__(self, path: Path, columns: Sequence[str], key_columns: Sequence[str]) -> None:
        self.path = path
        self.columns = tuple(columns)
        self.key_columns = tuple(key_columns)

    def __enter__(self) -> ResultsFile:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            self._lock()
            self._repair()
            self.rows = read_rows(self.path)
            self._check_header()
        except BaseException:
            os.close(self._file)
            raise
        self._done = {self.key(row) for row in self.rows}
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def __contains__(self, settings: Mapping[str, Any]) -> bool:
        return self.key(settings) in self._done

    def key(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """What tells a run apart, as text."""
        return tuple(as_text(settings.get(name)) for name in self.key_columns)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; it is on the disk when this returns."""
        text = {name: as_text(row.get(name)) for name in self.columns}
        self._write(line_of([text[name] for name in self.columns]))
        self.rows.append(text)
        self._done.add(self.key(text))

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: two writers of one file are not noticed there.
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise RuntimeError(
                f"Another process is writing to {self.path}; wait for it, or give this one a file "
                f"of its own with --output and join the two with the command merge."
            ) from error

    def _repair(self) -> None:
        """Cut off what stands behind the last complete line."""
        content = self.path.read_bytes()
        complete = content.rfind(b"\n") + 1
        if complete < len(content):
            os.ftruncate(self._file, complete)
            os.fsync(self._file)

    def _check_header(self) -> None:
        if os.fstat(self._file).st_size == 0:
            self._write(line_of(self.columns))
            return
        with self.path.open(newline="", encoding="utf-8") as file:
            found = next(csv.reader(file))
        if tuple(found) != self.columns:
            raise ValueError(
                f"{self.path} must have the columns {list(self.columns)}; it has {found}. Move it "
                f"away, or write to another file with --output."
            )

    def _write(self, line: str) -> None:
        os.lseek(self._file, 0, os.SEEK_END)
        data = line.encode()
        if os.write(self._file, data) != len(data):
            raise OSError(f"The disk took only a part of a row; is it full? {self.path}")
        os.fsync(self._file)


def as_text(value: Any) -> str:
    """A value as it stands in the file, on one line: nothing for None."""
    return "" if value is None else " ".join(str(value).split())


def line_of(values: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def read_rows(path: Path) -> list[Row]:
    """The complete rows of a CSV; none if there is no file."""
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text[: text.rfind("\n") + 1])))


def merge_files(
    paths: Sequence[Path],
    target: Path,
    columns: Sequence[str],
    key_columns: Sequence[str],
    order: Sequence[tuple[str, ...]] = (),
) -> int:
    """Add the rows of `paths` to `target`, each run once; return how many were new.

    New rows come in the order of their keys in `order`, those not in it last. Columns that a file
    lacks, since the study has grown, stay empty.
    """
    found = []
    for path in paths:
        if not path.exists():
            raise ValueError(f"There is no file {path}.")
        for row in read_rows(path):
            if not set(row) <= set(columns):
                raise ValueError(
                    f"{path} must have columns out of {list(columns)}; it has {list(row)}."
                )
            found.append(row)
    with ResultsFile(target, columns, key_columns) as results:
        before = len(results.rows)
        position = {key: number for number, key in enumerate(order)}
        for row in sorted(found, key=lambda row: position.get(results.key(row), len(order))):
            if row not in results:
                results.append(row)
        return len(results.rows) - before
