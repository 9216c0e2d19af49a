"""HTML by small functions. `Html` is text that is already safe; everything else is escaped on its way in."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence


class Html(str):
    """Markup that may be put on the page as it is."""

    __slots__ = ()


def safe(content: object) -> Html:
    """Markup unchanged, anything else escaped."""
    return content if isinstance(content, Html) else Html(html.escape(str(content)))


def element(tag: str, *content: object, **attributes: str) -> Html:
    """`<tag attributes>content</tag>`; `cls` is written as `class`, `_` in names as `-`."""
    written = "".join(
        f' {"class" if name == "cls" else name.replace("_", "-")}="{html.escape(value)}"'
        for name, value in attributes.items()
    )
    return Html(f"<{tag}{written}>{join(content)}</{tag}>")


def join(parts: Iterable[object]) -> Html:
    """Parts one after another."""
    return Html("".join(safe(part) for part in parts))


def section(title: str, *content: object, note: str = "") -> Html:
    """A titled part of the page, with a sentence on how to read it."""
    explained = element("p", note, cls="note") if note else ""
    return element("section", element("h2", title), explained, *content)


def table(header: Sequence[object], rows: Iterable[Sequence[object]], *, numeric_from: int = 1) -> Html:
    """A table that scrolls by itself where it is too wide; columns from `numeric_from` on are right-aligned."""

    def cells(tag: str, row: Sequence[object]) -> Html:
        return join(element(tag, cell, **({"cls": "n"} if i >= numeric_from else {})) for i, cell in enumerate(row))

    head = element("thead", element("tr", cells("th", header))) if header else ""
    body = element("tbody", *(element("tr", cells("td", row)) for row in rows))
    return element("div", element("table", head, body), cls="scroll")


def folded(title: str, *content: object) -> Html:
    """Content that opens on a click."""
    return element("details", element("summary", title), *content)
