"""The package keeps its shape: imports go downward, every public name is documented.

Read off the syntax trees, so that nothing is imported here. A *unit* is a module or a package
directly under `sknoisy`; all modules of a package count as their package. Each test lists all
offenders at once.
"""

import ast
import runpy
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "sknoisy"

# From the ground up: a unit may import from the layers listed before its own.
LAYERS = (
    {"_hints"},
    {"_checks", "_plain_state", "_stages", "_typed_bases"},
    {"_labels", "_random", "_fitted", "_interruptions", "_warn", "_files", "_base_estimator"},
    {"_equal_rows"},
    {"_transition"},
    {"noise", "metrics", "losses", "modules", "_iterators"},
    {"_net", "_validation"},
    {"_carrier", "_predictions", "_skops"},
    {"_estimation"},
    {"_label_noise"},
    {"_classifiers", "annotators", "calibration", "callbacks", "conformal"},
    {"inspection", "datasets", "deployment"},
)
HEIGHTS = {unit: height for height, units in enumerate(LAYERS) for unit in units}
# They serve the user only.
LEAVES = LAYERS[-1]
SKORCH_USERS = {"_net", "callbacks"}
# Loading them takes longer than all of sknoisy.
SLOW_TO_LOAD = {"sklearn.ensemble", "sklearn.linear_model", "sklearn.decomposition"}
OPTIONAL = {"matplotlib", "pandas", "polars", "pooch", "PIL", "cleanlab", "crowdkit"}
OPTIONAL |= {"onnx", "onnxruntime", "onnxscript", "skops"}

LONGEST_FILE = 400
PRIVATE_TORCH = {"sknoisy/_net/_replay/_private.py"}
# Names that PyTorch does not document but libraries have to use; to be emptied or moved there.
TOLERATED_PRIVATE_TORCH = {
    "sknoisy/losses/_lazy_buffers.py": {"_buffers", "_load_from_state_dict"},
}

MODULES = sorted(path.relative_to(ROOT).as_posix() for path in PACKAGE.rglob("*.py"))
UNITS = {Path(module).parts[1].removesuffix(".py") for module in MODULES} - {"__init__"}


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

    @property
    def distribution(self) -> str:
        return self.module.split(".")[0]


def listed(offenders: Iterable[str]) -> str:
    return "\n" + "\n".join(sorted(offenders))


@cache
def source(module: str) -> str:
    return (ROOT / module).read_text(encoding="utf-8")


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(source(module), filename=module)


def unit_of(module: str) -> str:
    """Its package or module under `sknoisy`; "__init__" for the top level."""
    return Path(module).parts[1].removesuffix(".py")


@cache
def imports(module: str) -> list[Import]:
    """All imports of a module, inside functions too."""
    return list(imports_among(module, ast.walk(tree(module))))


def imports_on_load(module: str) -> Iterator[Import]:
    """Imports that run when the module is imported."""
    return imports_among(module, import_time_nodes(tree(module).body))


def imports_among(module: str, nodes: Iterable[ast.AST]) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, None, node.lineno)
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                yield Import(absolute_source(module, node), alias.name, node.lineno)


def absolute_source(module: str, node: ast.ImportFrom) -> str:
    """``from ..losses import x`` in sknoisy/noise/_pair.py comes from sknoisy.losses."""
    parents = Path(module).parts[: -node.level] if node.level else ()
    return ".".join([*parents, *([node.module] if node.module else [])])


def import_time_nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
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


# %% Who imports whom


def test_every_unit_has_a_layer():
    without = UNITS - HEIGHTS.keys()
    assert not without, (
        f"Give these a layer: add them to LAYERS in tests/test_layering.py, after all that they "
        f"import: {listed(without)}"
    )


def test_imports_go_downward():
    upward = [
        f"{module}:{i.line}: {i.target}"
        for module in MODULES
        if module != "sknoisy/__init__.py"
        for i in imports(module)
        if i.unit not in {None, unit_of(module)}
        # Whatever has no layer, such as the top level itself, may not be imported.
        and HEIGHTS.get(i.unit, len(LAYERS)) >= HEIGHTS[unit_of(module)]
    ]
    assert not upward, f"Import only from layers below the module's: {listed(upward)}"


def test_nobody_imports_the_leaves():
    wrong = [
        f"{module}:{i.line}: {i.target}"
        for module in MODULES
        for i in imports(module)
        if i.unit in LEAVES - {unit_of(module)}
    ]
    assert not wrong, f"{sorted(LEAVES)} serve the user only: {listed(wrong)}"


def test_skorch_is_imported_by_the_net_and_its_callbacks_only():
    wrong = [
        f"{module}:{i.line}: {i.target}"
        for module in MODULES
        for i in imports(module)
        if i.distribution == "skorch" and unit_of(module) not in SKORCH_USERS
    ]
    assert not wrong, f"Only {sorted(SKORCH_USERS)} may import skorch: {listed(wrong)}"


def test_optional_packages_are_not_needed_on_import():
    wrong = [
        f"{module}:{i.line}: {i.target}"
        for module in MODULES
        for i in imports_on_load(module)
        if i.distribution in OPTIONAL
    ]
    assert not wrong, f"Import optional packages inside functions: {listed(wrong)}"


def test_what_is_slow_to_load_is_loaded_when_needed():
    wrong = [
        f"{module}:{i.line}: {i.target}"
        for module in MODULES
        if unit_of(module) not in LEAVES
        for i in imports_on_load(module)
        if i.module in SLOW_TO_LOAD
    ]
    assert not wrong, f"Import these inside functions: {listed(wrong)}"


# %% Files


def test_no_file_is_too_long():
    lengths = {module: len(source(module).splitlines()) for module in MODULES}
    wrong = [f"{m}: {n} lines" for m, n in lengths.items() if n > LONGEST_FILE]
    assert not wrong, f"Split files of more than {LONGEST_FILE} lines: {listed(wrong)}"


def test_a_file_name_appears_once_or_says_whose_it_is():
    modules = defaultdict(list)
    for module in MODULES:
        modules[Path(module).stem].append(module)
    wrong = [
        f"{stem}: {', '.join(files)}"
        for stem, files in modules.items()
        if len(files) > 1 and stem != "__init__"
    ]
    assert not wrong, f"Give these files different names: {listed(wrong)}"


# %% PyTorch


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


@cache
def private_names_of_torch() -> set[str]:
    """Private attributes of what training steps are made of."""
    import torch
    from torch import nn

    module = nn.BatchNorm1d(1)
    optimizers = [torch.optim.SGD(module.parameters()), torch.optim.Adam(module.parameters())]
    loss = module(torch.ones(2, 1)).sum()
    modules = ["torch.nn.modules.module", "torch.optim.optimizer", "torch.autograd.graph"]
    places = [torch, *map(import_module, modules)]
    places += [module, *optimizers, module.weight, loss.grad_fn]
    return {name for place in places for name in dir(place) if is_private(name)}


def private_torch(module: str) -> Iterator[tuple[int, str]]:
    """Lines and names where a module names something private of PyTorch."""
    for i in imports(module):
        if i.distribution == "torch" and any(map(is_private, i.target.split("."))):
            yield i.line, i.target
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Attribute):
            name = node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            name = node.value
        else:
            continue
        if is_private(name) and name in private_names_of_torch():
            yield node.lineno, name


def test_private_names_of_torch_stand_in_one_place():
    wrong = [
        f"{module}:{line}: {name}"
        for module in MODULES
        if module not in PRIVATE_TORCH
        for line, name in private_torch(module)
        if name not in TOLERATED_PRIVATE_TORCH.get(module, ())
    ]
    assert not wrong, f"Only {sorted(PRIVATE_TORCH)} may name these: {listed(wrong)}"
    assert all(any(private_torch(module)) for module in PRIVATE_TORCH)


# %% Documentation


@cache
def definitions(module: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """Functions and classes at the top of a module, by name."""
    return {n.name: n for n in tree(module).body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def file_of(i: Import) -> str | None:
    """The file that an import reads, if it is one of ours."""
    path = Path(*i.module.split("."))
    files = (path.with_suffix(".py").as_posix(), (path / "__init__.py").as_posix())
    return next((file for file in files if file in MODULES), None)


def is_public(module: str) -> bool:
    return not any(map(is_private, Path(module).parts))


def public_definitions(module: str) -> dict[str, ast.FunctionDef | ast.ClassDef]:
    """What a user meets in a public module: defined there, or brought in from a private one."""
    public = {name: node for name, node in definitions(module).items() if not is_private(name)}
    if module.endswith("__init__.py"):
        for i in imports(module):
            file = file_of(i)
            if i.name and not is_private(i.name) and file and i.name in definitions(file):
                public[i.name] = definitions(file)[i.name]
    return public


def public_constants(module: str) -> set[str]:
    """What a public package offers beside functions and classes, as its `__all__` says."""
    if not module.endswith("__init__.py") or module == "sknoisy/__init__.py":
        return set()
    lists = [
        ast.literal_eval(node.value)
        for node in tree(module).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"
    ]
    return {name for names in lists for name in names} - public_definitions(module).keys()


PUBLIC_MODULES = list(filter(is_public, MODULES))


def lines_of_examples(package: Path) -> str:
    return "\n".join(
        line
        for module in MODULES
        if Path(module).is_relative_to(package)
        for line in source(module).splitlines()
        if line.lstrip().startswith((">>> ", "... "))
    )


def test_every_public_name_has_an_example():
    without = [
        f"{module}: {name}"
        for module in PUBLIC_MODULES
        for name, node in public_definitions(module).items()
        if ">>>" not in (ast.get_docstring(node) or "")
    ]
    for module in PUBLIC_MODULES:
        examples = lines_of_examples(Path(module).parent)
        without += [
            f"{module}: {name}" for name in public_constants(module) if name not in examples
        ]
    assert not without, (
        f"Public functions and classes need an example (>>>) in their docstring, constants one in "
        f"some docstring of their package: {listed(without)}"
    )


def test_every_public_name_has_a_page_and_no_other_name_has():
    packages = {
        module: module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for module in PUBLIC_MODULES
    }
    named = {
        f"{package}.{name}"
        for module, package in packages.items()
        for name in [*public_definitions(module), *public_constants(module)]
    }
    top = imports("sknoisy/__init__.py")
    named |= {f"sknoisy.{i.name}" for i in top if i.module != "sknoisy"}
    reference = runpy.run_path(str(ROOT / "docs" / "api_pages.py"))
    with_page = {page.removesuffix(".rst") for page in reference["pages"]()}
    extra = with_page - named - {"index", *packages.values()}
    assert not extra, f"These names of an __all__ are not public: {listed(extra)}"
    missing = named - with_page
    assert not missing, f"Add these to the __all__ of their package: {listed(missing)}"
