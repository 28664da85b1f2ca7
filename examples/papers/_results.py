"""A CSV of results that survives interruptions: one row per run, written as soon as it is done.

A row is written by one call, flushed and synchronised to the disk. A last line that a crash cut
short is removed when the file is opened again, so that the run is done once more. So is a run that
failed: its row stays in the file, and the row of the next try, further down, counts instead.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

Row = dict[str, str]


class ResultsError(ValueError):
    """A file of results that cannot be used as it is; the message says what to do."""


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
    ResultsError
        If the file has other columns, or another process is writing to it.
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
            rows = read_rows(self.path)
            self._check_header()
        except BaseException:
            os.close(self._file)
            raise
        self._tried = {self.key(row) for row in rows}
        self._done = {self.key(row) for row in rows if not failed(row)}
        return self

    def __exit__(self, *error: object) -> None:
        os.close(self._file)

    def __contains__(self, settings: Mapping[str, Any]) -> bool:
        """Whether a run is done: a run that failed is not."""
        return self.key(settings) in self._done

    def was_tried(self, settings: Mapping[str, Any]) -> bool:
        """Whether a run is done or has failed."""
        return self.key(settings) in self._tried

    def key(self, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """What tells a run apart, as text."""
        return tuple(as_text(settings.get(name)) for name in self.key_columns)

    def append(self, row: Mapping[str, Any]) -> None:
        """Add a row; it is on the disk when this returns."""
        text = {name: as_text(row.get(name)) for name in self.columns}
        self._write(line_of([text[name] for name in self.columns]))
        self._tried.add(self.key(text))
        if not failed(text):
            self._done.add(self.key(text))

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows: two writers of one file are not noticed there.
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ResultsError(
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
            raise ResultsError(
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


def failed(row: Mapping[str, Any]) -> bool:
    """Whether a row says that its run failed."""
    return row.get("note", "").startswith("failed")


def read_rows(path: Path) -> list[Row]:
    """The complete rows of a CSV, each run once; none if there is no file.

    A run is told apart by the columns up to "seed". Of one that failed, the next try counts.

    Raises
    ------
    ResultsError
        If a line does not have as many fields as there are columns.
    """
    if not path.exists():
        return []
    text = path.read_text(encoding="utf-8")
    reader = csv.reader(io.StringIO(text[: text.rfind("\n") + 1]))
    columns = next(reader, [])
    key_length = columns.index("seed") + 1 if "seed" in columns else len(columns)
    rows: dict[tuple[str, ...], Row] = {}
    line = reader.line_num + 1
    for fields in reader:
        if fields and len(fields) != len(columns):
            raise ResultsError(
                f"Line {line} of {path} must have {len(columns)} fields, as the first line has; "
                f"it has {len(fields)}. Restore the line, or delete it: its run is then done again."
            )
        key = tuple(fields[:key_length])
        if fields and (key not in rows or failed(rows[key])):
            rows[key] = dict(zip(columns, fields, strict=True))
        line = reader.line_num + 1
    return list(rows.values())


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
        if not path.is_file():
            raise ResultsError(f"{path} must be a file of results; there is no such file.")
        for row in read_rows(path):
            if not set(row) <= set(columns):
                raise ResultsError(
                    f"{path} must have columns out of {list(columns)}; it has {list(row)}."
                )
            found.append(row)
    with ResultsFile(target, columns, key_columns) as results:
        new = 0
        position = {key: number for number, key in enumerate(order)}
        for row in sorted(found, key=lambda row: position.get(results.key(row), len(order))):
            if row in results or (failed(row) and results.was_tried(row)):
                continue
            results.append(row)
            new += 1
        return new
