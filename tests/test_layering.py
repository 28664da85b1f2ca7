"""The package keeps its shape: imports go downward, every module has its tests and examples.

Read off the syntax trees, so that nothing is imported here. A *unit* is a module or a package
directly under `sknoisy`; all modules of a package count as their package.
"""

import ast
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sknoisy"

# From the ground up: a unit may import from the layers listed before its own.
LAYERS = (
    {"_checks", "_labels", "_random", "_holder"},
    {"_transition"},
    {"noise", "metrics", "losses", "modules", "_iterators"},
    {"_net", "_validation"},
    {"_carrier", "_predictions"},
    {"_estimation"},
    {"_classifiers", "annotators", "calibration", "callbacks"},
    {"inspection", "datasets"},
)
IMPORTED_BY_NOBODY = LAYERS[-1]
THOSE_THAT_KNOW_SKORCH = {"_net", "callbacks"}
# Loading them takes longer than all of sknoisy.
SLOW_TO_LOAD = {"sklearn.ensemble", "sklearn.linear_model", "sklearn.decomposition"}
OPTIONAL = {"matplotlib", "pandas", "polars", "pooch", "PIL", "cleanlab", "crowdkit"}

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))
UNITS = sorted({path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()})
UNITS = [unit for unit in UNITS if not unit.startswith("__")]


class Import(NamedTuple):
    """One imported name, its module written out in full: ``from module import name``."""

    module: str
    name: str | None
    line: int

    @property
    def target(self) -> str:
        return self.module if self.name is None else f"{self.module}.{self.name}"

    @property
    def unit(self) -> str | None:
        """The unit it comes from; "sknoisy" for the top level itself, None for third parties."""
        top, *rest = self.target.split(".")
        if top != "sknoisy":
            return None
        return rest[0] if rest and rest[0] in UNITS else "sknoisy"


@cache
def tree(module):
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), filename=module)


def own_unit(module):
    return Path(module).parts[1].removesuffix(".py")


def imports(module, nodes=None):
    """All imports of a module, inside functions too, or those among some `nodes`."""
    found = []
    for node in ast.walk(tree(module)) if nodes is None else nodes:
        if isinstance(node, ast.Import):
            found += [Import(alias.name, None, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            source = absolute_source(module, node)
            found += [Import(source, alias.name, node.lineno) for alias in node.names]
    return found


def absolute_source(module, node):
    """``from ..losses import x`` in sknoisy/noise/_pair.py comes from sknoisy.losses."""
    if node.level == 0:
        return node.module
    parents = Path(module).parts[: -node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def import_time_nodes(body):
    """Statements that run on import: not those in functions or under TYPE_CHECKING."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from import_time_nodes(node.orelse)
            continue
        yield node
        for part in ("body", "orelse", "finalbody"):
            yield from import_time_nodes(getattr(node, part, []))
        for handler in getattr(node, "handlers", []):
            yield from import_time_nodes(handler.body)


def layer(unit):
    return next(height for height, units in enumerate(LAYERS) if unit in units)


@pytest.mark.parametrize("unit", UNITS)
def test_every_unit_has_a_layer(unit):
    assert any(unit in units for units in LAYERS), (
        f"Give {unit} a layer: add it to LAYERS in tests/test_layering.py, after all it imports."
    )


@pytest.mark.parametrize("module", [m for m in MODULES if m != "sknoisy/__init__.py"])
def test_imports_go_downward(module):
    mine = own_unit(module)
    known = {unit for units in LAYERS for unit in units}
    upward = [
        f"line {found.line}: {found.target}"
        for found in imports(module)
        if found.unit not in {None, mine}
        and (found.unit not in known or mine not in known or layer(found.unit) >= layer(mine))
    ]
    assert not upward, f"{module} must import only from layers below its own; it imports {upward}."


@pytest.mark.parametrize("module", MODULES)
def test_nobody_imports_the_leaves(module):
    found = [i for i in imports(module) if i.unit in IMPORTED_BY_NOBODY - {own_unit(module)}]
    assert not found, (
        f"{sorted(IMPORTED_BY_NOBODY)} serve the user only; {module} imports "
        f"{[f'line {i.line}: {i.target}' for i in found]}."
    )


@pytest.mark.parametrize("module", MODULES)
def test_skorch_is_imported_by_the_net_and_its_callbacks_only(module):
    lines = [i.line for i in imports(module) if i.module.split(".")[0] == "skorch"]
    assert not lines or own_unit(module) in THOSE_THAT_KNOW_SKORCH, (
        f"Only {THOSE_THAT_KNOW_SKORCH} may know skorch; {module} imports it in lines {lines}."
    )


@pytest.mark.parametrize("module", MODULES)
def test_optional_packages_are_not_needed_on_import(module):
    found = imports(module, import_time_nodes(tree(module).body))
    optional = [f"line {i.line}: {i.module}" for i in found if i.module.split(".")[0] in OPTIONAL]
    assert not optional, (
        f"{module} must import optional packages inside functions only; got {optional}."
    )


@pytest.mark.parametrize("module", [m for m in MODULES if own_unit(m) not in IMPORTED_BY_NOBODY])
def test_what_is_slow_to_load_is_loaded_when_needed(module):
    found = imports(module, import_time_nodes(tree(module).body))
    slow = [f"line {i.line}: {i.module}" for i in found if i.module in SLOW_TO_LOAD]
    assert not slow, f"{module} must import these inside functions only: {slow}."


def definitions(module):
    """Functions and classes at the top of a module, by name."""
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return {node.name: node for node in tree(module).body if isinstance(node, kinds)}


def defined_in(found):
    """The file that an import reads, if it is one of ours."""
    path = Path(*found.module.split("."))
    files = (path.with_suffix(".py"), path / "__init__.py")
    return next((file.as_posix() for file in files if file.as_posix() in MODULES), None)


def public_definitions(module):
    """What a user finds in a module: defined there, or brought in from a private one."""
    if any(
        part.startswith("_") for part in Path(module).with_suffix("").parts if part != "__init__"
    ):
        return []
    own = [node for name, node in definitions(module).items() if not name.startswith("_")]
    if not module.endswith("__init__.py"):
        return own
    brought = [i for i in imports(module) if i.name and not i.name.startswith("_")]
    sources = [(i.name, defined_in(i)) for i in brought]
    return own + [definitions(file)[name] for name, file in sources if name in definitions(file)]


@pytest.mark.parametrize("module", [m for m in MODULES if public_definitions(m)])
def test_every_public_name_has_an_example(module):
    without = [
        f"{node.name} (line {node.lineno})"
        for node in public_definitions(module)
        if ">>>" not in (ast.get_docstring(node) or "")
    ]
    assert not without, (
        f"Public names of {module} need an example (>>>) in the docstring: {without}."
    )


@pytest.mark.parametrize("module", [m for m in MODULES if public_definitions(m)])
def test_every_public_name_is_in_the_api_page(module):
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    missing = [node.name for node in public_definitions(module) if f"`{node.name}`" not in page]
    assert not missing, f"docs/api.md needs a line for these public names of {module}: {missing}."


def public_constants(module):
    """What a public package offers beside functions and classes, as its `__all__` says."""
    private = [part for part in Path(module).parts if part.startswith("_")]
    if private != ["__init__.py"] or module == "sknoisy/__init__.py":
        return []
    lists = [
        ast.literal_eval(node.value)
        for node in tree(module).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    defined = {node.name for node in public_definitions(module)}
    return [name for name in sum(lists, []) if name not in defined]


def lines_of_examples(package):
    return [
        line
        for module in MODULES
        if Path(module).is_relative_to(package)
        for line in (ROOT / module).read_text(encoding="utf-8").splitlines()
        if line.lstrip().startswith((">>> ", "... "))
    ]


@pytest.mark.parametrize("module", [m for m in MODULES if public_constants(m)])
def test_every_public_constant_has_an_example_and_is_in_the_api_page(module):
    examples = "\n".join(lines_of_examples(Path(module).parent))
    page = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    for name in public_constants(module):
        assert name in examples, f"{name} of {module} needs an example in some docstring."
        assert f"`{name}`" in page, f"docs/api.md needs a line for {name} of {module}."
