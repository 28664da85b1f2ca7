"""The site holds together: settings load, links lead somewhere, examples compile, prose is short.

Nothing is built here; `python -m sphinx` of CONTRIBUTING.md does that.
"""

import ast
import re
import runpy
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from sknoisy._hints import SITE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
# What a user reads from beginning to end.
PROSE = [
    ROOT / "README.md",
    *sorted((DOCS / "guide").glob("*.md")),
    *(
        DOCS / f"{name}.md"
        for name in (
            "index",
            "installation",
            "getting_started",
            "user_guide",
            "how_to_choose",
            "glossary",
            "comparison",
            "warnings",
            "errors",
            "citing",
        )
    ),
]
PAGES = sorted({*PROSE, *ROOT.glob("*.md"), *DOCS.glob("*.md"), *(DOCS / "results").glob("*.md")})
LONGEST_LINE = 120
LONGEST_SENTENCE = 35


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def without_code(text):
    return re.sub(r"^(```|:::).*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)


def sentences(text):
    """Those of paragraphs, items and cells of tables; code and links' targets do not count."""
    text = re.sub(r"\]\([^)]*\)", "]", without_code(text))
    text = re.sub(r"`[^`]*`", "code", text)
    for block in re.split(r"\n\s*\n|\n(?=\s*(?:[-*|#:]|\d+\.)\s?)|\|", text):
        yield from re.split(r"(?<=[.!?:])\s+", " ".join(block.split()))


@pytest.mark.parametrize("path", PROSE, ids=name_of)
def test_sentences_and_lines_are_short(path):
    text = path.read_text(encoding="utf-8")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if len(line) > LONGEST_LINE]
    assert not lines, f"lines of more than {LONGEST_LINE} characters: {lines}"
    long = [s for s in sentences(text) if len(s.split()) > LONGEST_SENTENCE]
    assert not long, f"sentences of more than {LONGEST_SENTENCE} words: {long}"


def test_a_long_sentence_is_noticed():
    words = " ".join(["word"] * 36)
    assert [len(s.split()) for s in sentences(f"Short. {words}.")] == [1, 36]
    assert [len(s.split()) for s in sentences(f"- item\n- {words}\n")] == [2, 37]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_links_between_pages_lead_somewhere(path):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", without_code(path.read_text("utf-8")))
    broken = [target for target in targets if not (path.parent / target).exists()]
    assert not broken, f"these links lead nowhere: {broken}"


def test_every_page_is_reached_from_the_home_page():
    reached = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        trees = re.findall(r"```{toctree}\n(.*?)```", page.read_text("utf-8"), flags=re.DOTALL)
        for entry in " ".join(trees).split():
            found = page.parent.glob(f"{entry}.md")
            waiting += [path for path in found if not entry.startswith(":")]
    missing = {path for path in DOCS.rglob("*.md") if "_build" not in path.parts} - reached
    assert not missing, f"no toctree names {sorted(map(name_of, missing))}"


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("plot_*.py")), ids=name_of)
def test_examples_of_the_gallery_compile_and_end_with_your_data(path):
    text = path.read_text(encoding="utf-8")
    compile(text, str(path), "exec")
    assert text.startswith('"""\n'), "the gallery needs a docstring with a title"
    assert "With data of your own" in text, "say what to change for the reader's data"
    assert text.count("plt.show()") == 1, "one figure, one claim"


def test_the_settings_of_the_site_load():
    settings = runpy.run_path(str(DOCS / "conf.py"))
    assert settings["nitpicky"]
    assert settings["release"] in settings["html_theme_options"]["logo"]["text"]


def test_the_order_of_the_gallery_names_each_example():
    order = runpy.run_path(str(DOCS / "conf.py"))["GALLERY_ORDER"]
    examples = {path.stem.removeprefix("plot_") for path in (ROOT / "examples").glob("plot_*.py")}
    assert len(set(order)) == len(order)
    assert set(order) == examples


def test_llms_txt_lists_the_guide_before_the_reference():
    llms = runpy.run_path(str(DOCS / "llms.py"))
    titles = {"api/index": "API", "guide/problem": "The problem", "index": "sknoisy"}
    text = llms["index"](titles)
    assert text.startswith("# sknoisy\n")
    assert text.index("(guide/problem.md)") < text.index("(api/index.md)")


def test_llms_txt_refuses_pages_with_the_same_title():
    llms = runpy.run_path(str(DOCS / "llms.py"))
    with pytest.raises(ValueError, match="tell pages apart.*'api/sknoisy', 'index'"):
        llms["index"]({"index": "sknoisy", "api/sknoisy": "sknoisy", "citing": "How to cite"})


def test_links_of_the_markdown_lead_to_markdown():
    target = runpy.run_path(str(DOCS / "llms.py"))["target"]
    assert target("../guide/problem.html") == "../guide/problem.md"
    assert target("sknoisy.make_net.html#sknoisy.make_net") == "sknoisy.make_net.md"
    for address in ("#notes", "../_images/figure.png", "https://onnx.ai/index.html"):
        assert target(address) == address


def test_pages_of_the_site_have_titles_of_their_own():
    titles = Counter()
    for path in {*PAGES, DOCS / "contributing.md"} - set(ROOT.glob("*.md")):
        found = re.search(r"^# (.+)$", path.read_text("utf-8"), flags=re.MULTILINE)
        titles.update([found.group(1)] if found else [])
    pages = runpy.run_path(str(DOCS / "api_pages.py"))["pages"]()
    titles.update(text.partition("\n")[0].replace("`", "") for text in pages.values())
    assert not [title for title, n in titles.items() if n > 1]


def test_the_reference_starts_with_a_line_for_each_module():
    api_pages = runpy.run_path(str(DOCS / "api_pages.py"))
    lines = re.findall(
        r"^- :doc:`([\w.]+)`: (.+)$", api_pages["pages"]()["index.rst"], re.MULTILINE
    )
    assert [name for name, _ in lines] == list(api_pages["public_names"]())
    assert dict(lines)["sknoisy.modules"] == "Reference networks. All of them return logits."


def test_a_link_of_the_site_that_leads_nowhere_is_found(tmp_path):
    (tmp_path / "other.html").write_text('<h1 id="here"></h1><a href="page.html">back</a>')
    page = tmp_path / "page.html"
    good = '<a href="other.html#here"></a><a href="https://example.org/x"></a><i id="a"></i>'
    page.write_text(good + '<a href="#a"></a><img src="no.png"><a href="other.html#there"></a>')
    links = runpy.run_path(str(DOCS / "links.py"))
    assert list(links["broken"]([page, tmp_path / "other.html"])) == [
        "page.html: no.png",
        "page.html: other.html#there, which has no such anchor",
    ]


# %% Warnings

# Messages that continue one that is collected itself.
CONTINUED = {"rival"}


def text_of(node):
    """A message with … for what is filled in; None if it is no text, or continues another."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    first = node.values[0]
    if isinstance(first, ast.FormattedValue) and ast.unparse(first.value) in CONTINUED:
        return None
    return "".join(p.value if isinstance(p, ast.Constant) else "…" for p in node.values)


def messages_of(tree):
    """What `warn` and `doubt` are told, and what functions that look for doubts return."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = getattr(node.func, "id", getattr(node.func, "attr", None))
            if name in {"warn", "doubt"}:
                yield text_of(node.args[0])
        elif isinstance(node, ast.FunctionDef) and re.search("doubt|rival", node.name):
            for inner in ast.walk(node):
                if isinstance(inner, ast.Yield | ast.Return):
                    yield text_of(inner.value)


def test_every_warning_has_an_entry_and_every_entry_a_warning():
    messages = {
        text
        for path in (ROOT / "sknoisy").rglob("*.py")
        for text in messages_of(ast.parse(path.read_text(encoding="utf-8")))
        if text is not None and re.search(r"\w", text)
    }
    assert len(messages) > 20
    page = (DOCS / "warnings.md").read_text(encoding="utf-8")
    entries = re.findall(r'^\*\*"(.+)"\*\*$', page, flags=re.MULTILINE)
    patterns = {entry: re.escape(entry).replace("…", ".*") for entry in entries}
    missing = [m for m in messages if not any(re.match(p, m) for p in patterns.values())]
    assert not missing, f"docs/warnings.md needs entries for: {missing}"
    stale = [e for e, p in patterns.items() if not any(re.match(p, m) for m in messages)]
    assert not stale, f"docs/warnings.md has entries of no warning: {stale}"


# %% Errors

# What no user meets, and what says nothing by itself.
NOT_MET = {"NotRecordable", "KeyboardInterrupt", "NotImplementedError"}
FAMILY = re.compile(r"… must (be|have|hold) .*got …")


class ErrorsOf:
    """Messages of the errors that a module raises, and whether each has the hint to the page.

    A message may be held in a variable, or returned by a function; … stands for what is filled in.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        self.functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
        # Functions that build errors for others to raise.
        self.builders = {
            function.name
            for function in self.functions
            if any(isinstance(node, ast.Return) for node, _ in self._built(function))
        }

    def messages(self) -> Iterator[tuple[str, bool]]:
        for function in self.functions:
            for node, call in self._built(function):
                texts = next(filter(None, (self._texts(arg, function) for arg in call.args)), [])
                assert texts, f"{self.path}:{node.lineno}: no message found"
                yield from ((text.removesuffix(" SEE"), text.endswith(" SEE")) for text in texts)

    def raised_by_name(self) -> set[str]:
        """Functions whose error is raised here."""
        nodes = chain.from_iterable(map(ast.walk, self.functions))
        raised = {node.exc for node in nodes if isinstance(node, ast.Raise)}
        names = {ast.unparse(call.func) for call in raised if isinstance(call, ast.Call)}
        return {name for name in names if re.fullmatch(r"[a-z_]+", name) and name != "kind"}

    def _built(self, function: ast.FunctionDef) -> Iterator[tuple[ast.stmt, ast.Call]]:
        for node in ast.walk(function):
            if isinstance(node, ast.Raise | ast.Return):
                call = node.exc if isinstance(node, ast.Raise) else node.value
                kind = ast.unparse(call.func) if isinstance(call, ast.Call) else ""
                is_error = kind.endswith("Error")
                if isinstance(node, ast.Raise):
                    is_error |= kind in {"kind", "type(error)"}
                if is_error and kind not in NOT_MET:
                    yield node, call

    def _texts(self, node: ast.expr | None, function: ast.FunctionDef) -> list[str]:
        """What a message can be; several where a function returns one of several."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return [node.value]
        if isinstance(node, ast.JoinedStr):
            return ["".join(self._part(part, function) for part in node.values)]
        if isinstance(node, ast.Name):
            assigned = [n for n in ast.walk(function) if isinstance(n, ast.Assign)]
            values = [n.value for n in assigned if ast.unparse(n.targets[0]) == node.id]
            return self._texts(values[0], function) if len(values) == 1 else []
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func).removeprefix("self.")
            return [
                text
                for called in self.functions
                for inner in ast.walk(called)
                if called.name == name and isinstance(inner, ast.Return)
                for text in self._texts(inner.value, called)
            ]
        return []

    def _part(self, part: ast.expr, function: ast.FunctionDef) -> str:
        if isinstance(part, ast.Constant):
            return part.value
        if ast.unparse(part.value) == "SEE_ERRORS":
            return "SEE"
        texts = self._texts(part.value, function) if isinstance(part.value, ast.Name) else []
        return texts[0] if len(texts) == 1 else "…"


def test_every_error_has_an_entry_and_every_entry_an_error():
    modules = [ErrorsOf(path) for path in (ROOT / "sknoisy").rglob("*.py")]
    builders = set().union(*(module.builders for module in modules))
    unknown = set().union(*(module.raised_by_name() for module in modules)) - builders
    assert not unknown, f"no error found that these functions return: {unknown}"
    messages = {
        (text, explained)
        for module in modules
        for text, explained in module.messages()
        if re.search(r"\w", text)  # Else it passes on the message of another error.
    }
    assert len(messages) > 200
    unhinted = [text for text, has_hint in messages if not has_hint]
    assert not unhinted, f"end these messages with SEE_ERRORS: {unhinted}"
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    entries = re.findall(r'^(?:\*\*|\| )"(.+?)"(?:\*\*$| \| )', page, flags=re.MULTILINE)
    patterns = {entry: re.escape(entry).replace("…", ".*") for entry in entries}
    assert len(patterns) == len(entries), "entries that occur twice"
    texts = [text for text, _ in messages]
    missing = [t for t in texts if not any(re.match(p, t) for p in patterns.values())]
    assert not missing, f"docs/errors.md needs entries for: {missing}"
    stale = [e for e, p in patterns.items() if not any(re.match(p, t) for t in texts)]
    assert not stale, f"docs/errors.md has entries of no error: {stale}"
    vague = [e for e in entries if len(re.findall(r"\w", e)) < 14 and not FAMILY.fullmatch(e)]
    assert not vague, f"these entries would match too much: {vague}"


def test_messages_are_read_from_variables_and_functions(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        'def f(x):\n    text = f"{x} is wrong"\n'
        '    raise ValueError(f"{text}: {x}. {SEE_ERRORS}")\n'
        'def g():\n    return "a"\n'
        "def h():\n    raise TypeError(g())\n"
        'def missing(x):\n    return OSError(x, f"no {x}")\n'
        "def i():\n    raise missing(1)\n"
    )
    errors = ErrorsOf(path)
    assert set(errors.messages()) == {("… is wrong: ….", True), ("a", False), ("no …", False)}
    assert errors.raised_by_name() == errors.builders == {"missing"}


def test_the_address_of_the_site_is_the_same_everywhere():
    assert runpy.run_path(str(DOCS / "conf.py"))["html_baseurl"] == SITE
    assert f'SITE = "{SITE}"' in (ROOT / "setup.py").read_text(encoding="utf-8")
