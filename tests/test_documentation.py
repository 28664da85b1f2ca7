"""The site holds together: settings load, links lead somewhere, examples compile, prose is short.

Nothing is built here; `python -m sphinx` of CONTRIBUTING.md does that.
"""

import ast
import re
import runpy
from pathlib import Path

import pytest

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


def test_llms_txt_lists_the_guide_before_the_reference():
    llms = runpy.run_path(str(DOCS / "llms.py"))
    titles = {"api/index": "API", "guide/problem": "The problem", "index": "sknoisy"}
    text = llms["index"](titles, dict.fromkeys(titles, ".md"))
    assert text.startswith("# sknoisy\n")
    assert text.index("(_sources/guide/problem.md.txt)") < text.index("(_sources/api/index.md.txt)")


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
        if text is not None
    }
    assert len(messages) > 20
    page = (DOCS / "warnings.md").read_text(encoding="utf-8")
    entries = re.findall(r'^\*\*"(.+)"\*\*$', page, flags=re.MULTILINE)
    patterns = {entry: re.escape(entry).replace("…", ".*") for entry in entries}
    missing = [m for m in messages if not any(re.match(p, m) for p in patterns.values())]
    assert not missing, f"docs/warnings.md needs entries for: {missing}"
    stale = [e for e, p in patterns.items() if not any(re.match(p, m) for m in messages)]
    assert not stale, f"docs/warnings.md has entries of no warning: {stale}"
