"""What of sknoisy runs on a Python without PyTorch, whose wheels may bring gigabytes.

All files are compiled, and what can be imported without PyTorch is; the examples in the docstrings
there are run. Needs numpy, scipy, scikit-learn and joblib. Run from the repository's root.
"""

import compileall
import doctest
import importlib
import pkgutil
import platform
import sys
import types
import warnings
from pathlib import Path

OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


def main() -> int:
    """Return the number of what failed."""
    folders = ("sknoisy", "tests", "examples")
    failed = sum(not compileall.compile_dir(folder, quiet=1, force=True) for folder in folders)
    # Without its __init__, which imports everything.
    package = types.ModuleType("sknoisy")
    package.__path__ = [str(Path("sknoisy").resolve())]
    sys.modules["sknoisy"] = package
    warnings.simplefilter("error")
    names = [module.name for module in pkgutil.walk_packages(package.__path__, "sknoisy.", ignore)]
    imported = examples = 0
    for name in names:
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or error.name.partition(".")[0] in {"sknoisy"}:
                raise
            continue
        imported += 1
        results = doctest.testmod(module, optionflags=OPTIONS)
        failed, examples = failed + results.failed, examples + results.attempted
    print(
        f"Python {platform.python_version()}: all files compile; {imported} of {len(names)} "
        f"modules imported without PyTorch, {examples} examples run, {failed} failed"
    )
    return failed


def ignore(name: str) -> None:
    """Packages that need PyTorch are counted with the others."""


if __name__ == "__main__":
    sys.exit(main())
