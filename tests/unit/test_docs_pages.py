"""The documentation's pages: all in the contents, no link to nowhere, no key, file or message that is not there."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from campaigns.doc_commands import files
from novosky.config.schema import MODES
from novosky.config.walk import fields_by_name
from novosky.modes.reference import PAGE, modes_page

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FILES = ("csv", "dvc", "json", "jsonl", "md", "py", "toml", "yaml")


@cache
def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


@cache
def prose_of(page: Path) -> str:
    """Without its blocks of code."""
    return re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """Of the headings, as they are made of them by the code's server and by the site."""
    titles = re.findall(r"^#+ +(.*?)\s*$", prose_of(page), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title).lower() for title in titles)
    return {re.sub(r"[^\w\- ]", "", title).strip().replace(" ", "-") for title in plain}


def test_every_page_is_in_the_contents() -> None:
    blocks = re.findall(r"```\{toctree\}\n(.*?)```", text_of(DOCS / "index.md"), re.DOTALL)
    named = {line for block in blocks for line in block.splitlines() if line and line[0] != ":"}
    pages = {str(page.relative_to(DOCS))[:-3] for page in PAGES if page.parent.name != "evidence"} - {"index"}
    assert pages - named == set()
    assert "evidence/README" in named


def test_links_lead_somewhere() -> None:
    wrong = []
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose_of(page)):
            path, _, anchor = target.partition("#")
            if re.match(r"[a-z]+:", target):
                continue
            there = (page.parent / path).resolve() if path else page
            if not there.exists() or (anchor and there.suffix == ".md" and anchor not in anchors(there)):
                wrong.append(f"{page.relative_to(ROOT)}: {target}")
    assert wrong == []


def test_keys_that_are_named_exist() -> None:
    fields, wrong = fields_by_name(), []
    sections = {name.split(".")[0] for name, field in fields.items() if not field.metadata}
    for page in PAGES:
        for word in re.findall(r"`([a-z_]+\.[a-z_0-9.]+)(?:=[^`]*)?`", prose_of(page)):
            if word.split(".")[0] in sections and word.rsplit(".", 1)[-1] not in FILES and word not in fields:
                wrong.append(f"{page.relative_to(ROOT)}: {word}")
    assert wrong == []


def test_files_that_are_named_exist() -> None:
    made = {name for page in PAGES for name in files(page)} | {"conf/local", "conf/local/default.yaml"}
    wrong = []
    for page in [*PAGES, ROOT / "CONTRIBUTING.md"]:
        for word in re.findall(r"`((?:novosky|conf|tests|campaigns|benchmarks|docs)/[\w./]+\w)/?`", prose_of(page)):
            if word not in made and not (ROOT / word).exists():
                wrong.append(f"{page.relative_to(ROOT)}: {word}")
    assert wrong == []


@cache
def source_texts() -> str:
    """Every literal text of the program, f-strings by their parts."""
    trees = (ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "novosky").rglob("*.py")))
    nodes = (node for tree in trees for node in ast.walk(tree))
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_messages_are_those_of_the_program() -> None:
    rows = [line for line in text_of(DOCS / "troubleshooting.md").splitlines() if line.startswith("| `")]
    messages = [re.match(r"\| (`+)(.+?) ?\1 \| ", row)[2] for row in rows]  # type: ignore[index]
    assert len(messages) > 50
    assert [message for message in messages if message not in source_texts()] == []


def test_the_page_of_the_modes_is_up_to_date() -> None:
    assert text_of(PAGE) == modes_page(), "renew it: python -m novosky.modes.reference"
    assert set(re.findall(r"^\| \[?`(\w+)`", text_of(PAGE), re.MULTILINE)) == set(MODES)


def test_every_mode_has_its_results_and_their_keys_are_written_somewhere() -> None:
    rows = [line.strip("| ").split(" | ") for line in text_of(DOCS / "reference/results.md").splitlines()]
    described = {mode for row in rows if len(row) == 3 for mode in row[0].split(", ")}
    keys = {key for row in rows if len(row) in (2, 3) for key in re.findall(r"`(\w+)`", row[-2])} - {"result"}
    assert set(MODES) - described == set()
    assert {key for key in keys if f"\n{key}\n" not in f"\n{source_texts()}\n"} == set()


def test_figures_of_the_page_on_honesty_are_those_of_the_evidence() -> None:
    figures = set(re.findall(r"(?<![\w.])[-+]?\d+\.\d+|(?<![\w.,])\d[\d,]{2,}(?![\d.])", prose_of(DOCS / "honesty.md")))
    sources = [*(DOCS / "evidence").glob("*.md"), DOCS / "gate.md"]
    evidence = "\n".join(text_of(page) for page in sources)
    known = set(re.findall(r"[-+]?\d[\d,]*\.?\d*", evidence))
    assert len(figures) > 20
    assert {figure for figure in figures if not {figure, figure.lstrip("+-")} & known} == set()
