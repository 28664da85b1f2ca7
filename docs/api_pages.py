"""The reference: one page for each public name, written from the `__all__` of the public packages.

`conf.py` calls :func:`write_pages` before a build, so that no list of names is kept by hand.
"""

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

INTRODUCTION = """\
API reference
=============

One page for each public name. Everywhere ``T[i, j] = P(noisy = j | clean = i)``: rows are clean
labels and sum to 1, columns are noisy labels, both in the order of the sorted classes.
"""

# Methods that skorch, scikit-learn or this package call, and a user does not.
NOT_CALLED_BY_USERS = re.compile(
    r"on_\w+|initialize|fit_validated|lightened|encoded|margins?|extra_repr"
    r"|set_\w+_request|get_metadata_routing"
)

CLASS = """\
.. autoclass:: {name}
   :members:
   :inherited-members: Module, Callback, Dataset, Sequence, NamedTuple, dict, tuple
"""

EXAMPLES = """\
.. minigallery:: {full_name}
   :add-heading: Examples using it
"""


def public_packages() -> Iterator[ModuleType]:
    """sknoisy, and the modules under it that a user imports from."""
    import sknoisy

    yield sknoisy
    for path in sorted(Path(sknoisy.__file__).parent.iterdir()):
        if not path.name.startswith(("_", ".")) and path.suffix in {"", ".py"}:
            yield import_module(f"sknoisy.{path.stem}")


def public_names() -> dict[str, list[str]]:
    """Of each public package, the names of its classes, functions and constants."""
    return {
        package.__name__: [
            name for name in package.__all__ if not inspect.ismodule(getattr(package, name))
        ]
        for package in public_packages()
    }


def is_shown(name: str, member: object) -> bool:
    """Whether a page shows this member: scikit-learn's, PyTorch's and skorch's have theirs."""
    function = getattr(member, "fget", member)
    home = getattr(function, "__module__", None) or ""
    return home.startswith("sknoisy") and NOT_CALLED_BY_USERS.fullmatch(name) is None


def page(package: str, name: str) -> str:
    """The text of a name's page."""
    item = getattr(import_module(package), name)
    if inspect.isclass(item):
        body = CLASS.format(name=name)
    elif inspect.isroutine(item):
        body = f".. autofunction:: {name}\n"
    else:
        body = f".. autodata:: {name}\n   :no-value:\n"
    parts = [heading(name), f".. currentmodule:: {package}", body]
    return "\n\n".join([*parts, EXAMPLES.format(full_name=f"{package}.{name}")])


def package_page(package: str, names: list[str]) -> str:
    """A table of a package's names, each linked to its page."""
    table = "\n".join([".. autosummary::", "", *(f"   {name}" for name in names)])
    pages = (f"   {package}.{name}" for name in names)
    tree = "\n".join([".. toctree::", "   :hidden:", "", *pages])
    head = [heading(title(package)), summary(package), f".. currentmodule:: {package}"]
    return "\n\n".join([*head, table, tree]) + "\n"


def title(package: str) -> str:
    """Of a package's page. That of the site's first page is "sknoisy" too."""
    return f"``{package}``" if "." in package else f"Package ``{package}``"


def summary(package: str) -> str:
    """The first lines of its docstring."""
    return (inspect.getdoc(import_module(package)) or "").partition("\n\n")[0]


def heading(text: str) -> str:
    return f"{text}\n{'=' * len(text)}"


def pages() -> dict[str, str]:
    """All pages by file name."""
    names = public_names()
    tree = "\n".join([".. toctree::", "   :hidden:", "", *(f"   {p}" for p in names)])
    lines = "\n".join(f"- :doc:`{p}`: {' '.join(summary(p).split())}" for p in names)
    texts = {"index.rst": f"{INTRODUCTION}\n{lines}\n\n{tree}\n"}
    for package, members in names.items():
        texts[f"{package}.rst"] = package_page(package, members)
        texts |= {f"{package}.{name}.rst": page(package, name) for name in members}
    return texts


def write_pages(folder: Path) -> None:
    """Write all pages, and remove those of names that are gone."""
    texts = pages()
    folder.mkdir(exist_ok=True)
    for old in set(folder.glob("*.rst")) - {folder / name for name in texts}:
        old.unlink()
    for name, text in texts.items():
        path = folder / name
        # Sphinx reads again what is newer, so that only changes are written.
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
