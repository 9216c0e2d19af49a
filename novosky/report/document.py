"""The page around the parts: one file that opens anywhere, with nothing loaded from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

from novosky.report.html import Html, element, join
from novosky.report.plot import plotly_source

# The browser itself refuses whatever the page might try to load.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"

NO_SCRIPT = Html("<noscript><p>The charts need JavaScript; all figures are in the text.</p></noscript>")


def document(title: str, parts: Iterable[Html]) -> Html:
    """The whole page; `ConfigError` where plotly is not installed."""
    head = element(
        "head",
        Html('<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Html('<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'),
        element("title", title),
        element("style", _resource("page.css")),
        element("script", Html(plotly_source())),
    )
    body = element("body", element("main", NO_SCRIPT, *parts), element("script", _resource("page.js")))
    return Html(f"<!doctype html>\n{element('html', head, body, lang='en')}\n")


def write_page(path: Path, page: Html) -> None:
    """Whole or not at all: written beside `path` and renamed."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(page, encoding="utf-8", newline="\n")
    os.replace(partial, path)


def _resource(name: str) -> Html:
    return Html(join([Html(files("novosky.report").joinpath(name).read_text(encoding="utf-8"))]))
