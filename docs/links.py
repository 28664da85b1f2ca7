"""Links inside the built site: each leads to a page or file that exists, and to an anchor there."""

from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit


class Page(HTMLParser):
    """The anchors of a page, and the addresses that it links to or shows."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs) -> None:
        """Note what a tag names and links to."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in {"href", "src"} and tag != "base":
                self.addresses.append(value or "")


@cache
def read(path: Path) -> Page:
    return Page(path.read_text(encoding="utf-8"))


def broken(pages: list[Path]) -> Iterator[str]:
    """The links of these pages that lead nowhere; those to other sites are not followed."""
    for page in pages:
        for address in read(page).addresses:
            parts = urlsplit(address)
            if parts.scheme or parts.netloc:
                continue
            path = (page.parent / unquote(parts.path)) if parts.path else page
            path = path.resolve()
            anchor = unquote(parts.fragment)
            if not path.exists():
                yield f"{page.name}: {address}"
            elif anchor and path.suffix == ".html" and anchor not in read(path).anchors:
                yield f"{page.name}: {address}, which has no such anchor"


def check(app, exception) -> None:
    """End a build of HTML in whose pages a link leads nowhere."""
    if exception is not None or app.builder.name != "html":
        return
    from sphinx.errors import ExtensionError

    folder = Path(app.outdir)
    found = sorted(set(broken([folder / f"{name}.html" for name in app.env.titles])))
    if found:
        raise ExtensionError("These links lead nowhere:\n" + "\n".join(found))
