"""llms.txt: an index of the site for readers that are programs, and each page as Markdown.

A page's Markdown lies beside it: guide/problem.md beside guide/problem.html.
"""

import re
from collections import Counter
from pathlib import Path

INTRODUCTION = """\
# sknoisy

> scikit-learn estimators that learn from noisy labels with PyTorch networks.

T[i, j] = P(noisy = j | clean = i): rows are clean labels and sum to 1. The usual start is
`ForwardCorrectedClassifier().fit(X, y_noisy)`. Each line below names a page and its Markdown.
"""

# Parts of a page that say nothing as text, and images that are written into the page.
REMOVED = (
    "a.headerlink, .sphx-glr-download-link-note, .sphx-glr-footer, .sphx-glr-thumbnail-title, "
    ".sphx-glr-thumbcontainer img, .sphx-glr-signature, style, script, img[src^='data:']"
)


def index(titles: dict[str, str]) -> str:
    """One line for each page; those of the guide and the first steps come before the rest."""
    counts = Counter(titles.values())
    alike = sorted(name for name, title in titles.items() if counts[title] > 1)
    if alike:
        raise ValueError(f"Titles must tell pages apart; these have the same: {alike}.")

    def place(name: str) -> tuple[bool, str]:
        return ("/" in name and not name.startswith("guide/"), name)

    lines = (f"- [{titles[name]}]({name}.md)" for name in sorted(titles, key=place))
    return "\n".join([INTRODUCTION, *lines]) + "\n"


def target(address: str) -> str:
    """Where a link of the Markdown leads: to the Markdown of a page of the site."""
    if re.match(r"[a-z]+:", address):
        return address
    return re.sub(r"\.html(#.*)?$", ".md", address)


def markdown(html: str) -> str:
    """The article of a page."""
    # Of the extra "docs", which reading the settings of the site does not need.
    import bs4
    import markdownify

    soup = bs4.BeautifulSoup(html, "html.parser")
    article = soup.find("article")
    for part in article.select(REMOVED):
        part.decompose()
    for link in article.select("a[href]"):
        link["href"] = target(link["href"])
        if link["href"].startswith("#"):
            link.unwrap()
    for signature in article.select("dt.sig"):
        code = soup.new_tag("code", string=" ".join(signature.get_text().split()))
        signature.clear()
        signature.append(code)
    for kind in article.select("dt > .classifier"):
        kind.insert_before(" : ")
    for title in article.select("p.rubric, p.admonition-title"):
        title.wrap(soup.new_tag("div"))
        title.name = "strong"
    for example in article.select("[tooltip] p"):
        example.append(f": {example.parent['tooltip']}")
    text = markdownify.MarkdownConverter(
        heading_style="ATX",
        bullets="-",
        escape_underscores=False,
        code_language_callback=language,
    ).convert_soup(article)
    return text.strip() + "\n"


def language(block) -> str:
    """Of a block of code, as its page names it."""
    classes = " ".join(" ".join(parent.get("class", [])) for parent in block.parents)
    found = re.search(r"highlight-(\w+)", classes)
    name = found.group(1).lower() if found else ""
    return {"default": "python", "none": ""}.get(name, name)


def write(app, exception) -> None:
    """Write llms.txt and the Markdown of all pages, after a build of HTML that went well."""
    if exception is not None or app.builder.name != "html":
        return
    folder = Path(app.outdir)
    titles = {name: title.astext() for name, title in app.env.titles.items()}
    for name in titles:
        html = (folder / f"{name}.html").read_text(encoding="utf-8")
        (folder / f"{name}.md").write_text(markdown(html), encoding="utf-8")
    (folder / "llms.txt").write_text(index(titles), encoding="utf-8")
