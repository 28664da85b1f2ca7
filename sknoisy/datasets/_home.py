"""Where data sets are kept, and the optional packages that read them."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any, TypeAlias

from .._checks import describe
from .._hints import SEE_ERRORS

DataHome: TypeAlias = str | os.PathLike[str] | None


def get_data_home(data_home: DataHome = None) -> Path:
    """Return the folder that holds the data sets. It is made when something is downloaded.

    Parameters
    ----------
    data_home : path, default=None
        Default the environment variable SKNOISY_DATA_HOME, else the folder `sknoisy_data` in the
        user's home.

    Returns
    -------
    pathlib.Path
        The folder, which need not exist.

    See Also
    --------
    fetch_mnist : A data set that is stored there.
    sklearn.datasets.get_data_home : The folder of scikit-learn.

    Examples
    --------
    >>> get_data_home("my_data").name
    'my_data'
    """
    if data_home is None:
        data_home = os.environ.get("SKNOISY_DATA_HOME") or Path("~", "sknoisy_data")
    if not isinstance(data_home, str | os.PathLike):
        raise TypeError(
            f"data_home must be the path of a folder; got {describe(data_home)}. {SEE_ERRORS}"
        )
    return Path(data_home).expanduser().absolute()


def import_extra(name: str, purpose: str) -> Any:
    """An optional module; an ImportError names the extra that installs it."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{purpose} needs {name.split('.')[0]}, which is not installed here: "
            f'pip install "sknoisy[data]". {SEE_ERRORS}'
        ) from error
