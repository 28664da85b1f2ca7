"""Every public docstring says what goes in, what comes out, what it shows, and what is related."""

import doctest
import inspect
import runpy
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from sknoisy._hints import SITE

api_pages = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "api_pages.py"))
is_shown = api_pages["is_shown"]
ITEMS = {
    f"{package}.{name}": getattr(import_module(package), name)
    for package, names in api_pages["public_names"]().items()
    for name in names
}
CLASSES = {name: item for name, item in ITEMS.items() if inspect.isclass(item)}
FUNCTIONS = {name: item for name, item in ITEMS.items() if inspect.isroutine(item)}


def parameters_of(function) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name not in {"self", "cls"}]


def has_section(item, title) -> bool:
    return f"\n{title}\n{'-' * len(title)}\n" in inspect.getdoc(item)


def shown_methods(kind) -> Iterator[tuple[str, object]]:
    """The methods that the page of a class shows, inherited ones too."""
    for name in dir(kind):
        member = getattr(kind, name, None)
        if not name.startswith("_") and callable(member) and is_shown(name, member):
            yield name, member


def shows_something(docstring) -> bool:
    """Whether an example has output that says something."""
    examples = doctest.DocTestParser().get_examples(docstring)
    return any(example.want.strip() not in {"", "..."} for example in examples)


@pytest.mark.parametrize("name", [*CLASSES, *FUNCTIONS])
def test_docstrings_name_related_objects_and_show_output(name):
    item = ITEMS[name]
    assert has_section(item, "See Also")
    assert has_section(item, "Examples")
    assert shows_something(inspect.getdoc(item)), "an example with output"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_describe_parameters_and_what_they_return(name):
    function = FUNCTIONS[name]
    assert has_section(function, "Parameters") or not parameters_of(function)
    assert has_section(function, "Returns")


@pytest.mark.parametrize("name", CLASSES)
def test_classes_describe_parameters_and_those_of_their_methods(name):
    kind = CLASSES[name]
    assert has_section(kind, "Parameters") or has_section(kind, "Attributes")
    methods = {n: m for n, m in shown_methods(kind) if parameters_of(m)}
    lacking = [n for n, m in methods.items() if not has_section(m, "Parameters")]
    assert not lacking, f"describe the parameters of {lacking}"


def test_methods_that_are_not_for_users_have_no_place_on_the_pages():
    assert not is_shown("on_epoch_end", ITEMS["sknoisy.callbacks.BestEpoch"].on_epoch_end)
    assert not is_shown("get_params", ITEMS["sknoisy.ForwardCorrectedClassifier"].get_params)
    assert is_shown("fit", ITEMS["sknoisy.ForwardCorrectedClassifier"].fit)


@pytest.mark.parametrize("name", [n for n in CLASSES if hasattr(CLASSES[n], "_get_doc_link")])
def test_the_link_of_an_estimator_leads_to_its_page(name):
    estimator = CLASSES[name].__new__(CLASSES[name])
    address, page = estimator._get_doc_link().removesuffix(".html").rsplit("/", 1)
    assert address == f"{SITE}/api"
    assert page == name
    assert f"{page}.rst" in api_pages["pages"]()
