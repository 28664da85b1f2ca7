"""llms.txt: an index of the site for readers that are programs, beside the text of each page."""

from pathlib import Path

INTRODUCTION = """\
# sknoisy

> scikit-learn estimators that learn from noisy labels with PyTorch networks.

T[i, j] = P(noisy = j | clean = i): rows are clean labels and sum to 1. The usual start is
`ForwardCorrectedClassifier().fit(X, y_noisy)`. Each line below names a page and its plain text.
"""


def index(titles: dict[str, str], suffixes: dict[str, str]) -> str:
    """One line for each page; those of the guide and the first steps come before the rest."""

    def place(name: str) -> tuple[bool, str]:
        return ("/" in name and not name.startswith("guide/"), name)

    lines = (
        f"- [{titles[name]}](_sources/{name}{suffixes[name]}.txt)"
        for name in sorted(titles, key=place)
    )
    return "\n".join([INTRODUCTION, *lines]) + "\n"


def write(app, exception) -> None:
    """Write llms.txt beside index.html, after a build of HTML that went well."""
    if exception is not None or app.builder.name != "html":
        return
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    suffixes = {name: Path(app.env.doc2path(name)).suffix for name in titles}
    (Path(app.outdir) / "llms.txt").write_text(index(titles, suffixes), encoding="utf-8")
