"""One error for files that are damaged, whatever reading them trips over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .._hints import SEE_ERRORS


@contextmanager
def reading(path: Path, expected: str) -> Iterator[None]:
    """Turn what the content of a file raises inside into a ValueError that names the file.

    Parsers of damaged files raise errors of any kind: a changed byte may stand for a name, a
    length of terabytes or a format from the future. What the system says of the file (not there,
    not readable) and packages that are missing stay what they are.
    """
    try:
        yield
    except ImportError:
        raise
    except OSError as error:
        if error.filename is not None:
            raise
        raise _damaged(path, expected, error) from error
    except Exception as error:
        if isinstance(error, ValueError) and str(path) in str(error):
            raise  # It says already what is wrong with the file.
        raise _damaged(path, expected, error) from error


def _damaged(path: Path, expected: str, error: Exception) -> ValueError:
    return ValueError(
        f"{path} must {expected}; it cannot be read ({type(error).__name__}: {error}). It is "
        f"damaged or incomplete: remove it, and it is downloaded again where that is possible."
        f" {SEE_ERRORS}"
    )
