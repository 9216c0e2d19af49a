"""The documentation's site: `uv run --extra docs sphinx-build -W docs site`. Nothing in it is loaded from elsewhere."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent

project = "NOVOSKY"
author = "the NOVOSKY authors"
release = tomllib.loads((DOCS.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

extensions = ["myst_parser", "sphinx_copybutton"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["images/*.md"]

myst_heading_anchors = 4  # so that links to headings work as they do on the code's own server
myst_enable_extensions = ["attrs_inline"]
copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = True

html_theme = "furo"
html_title = f"NOVOSKY {release}"
html_copy_source = False
html_show_sphinx = False
html_show_copyright = False
html_static_path = ["static"]
html_css_files = ["site.css"]


def setup(app: Any) -> None:
    app.connect("source-read", _without_missing_pages)


def _without_missing_pages(app: Any, name: str, source: list[str]) -> None:
    """A page that a table of contents names and nobody wrote yet is left out; the evidence is listed as it lies."""
    if name == "evidence/README":
        source[0] += "\n```{toctree}\n:hidden:\n:glob:\n\n*\n```\n"
        return
    if name.startswith("evidence/") and not source[0].startswith("# "):  # a campaign's table alone
        source[0] = f"# {name.removeprefix('evidence/').replace('_', ' ').capitalize()}\n\n{source[0]}"
    inside, kept = False, []
    for line in source[0].splitlines():
        if line.startswith("```"):
            inside = line.startswith("```{toctree}")
        missing = inside and line and line[0] not in ":`" and not (DOCS / f"{line.strip()}.md").is_file()
        if not missing:
            kept.append(line)
    source[0] = "\n".join(kept) + "\n"
