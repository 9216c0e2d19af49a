"""Imports point one way only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "novosky"

# A package may import those of a lower rank, and itself.
RANKS = {
    "errors": 0,
    "config": 1,
    "disk": 1,
    "execution": 1,
    "market": 2,
    "features": 3,
    "labels": 3,
    "evaluation": 3,
    "models": 4,
    "backtest": 5,
    "agent": 7,
    "audit": 6,
    "optimize": 7,
    "search": 6,
    "trading": 7,
    "report": 8,
    "tracking": 8,
    "modes": 9,
}


def imported(file: Path) -> set[str]:
    """Parts of the project that a file imports, `config.schema` told from the rest of `config`."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        elif isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        else:
            continue
        names |= {module for module in modules if module.split(".")[0] == "novosky"}
    return names


def part_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


@pytest.mark.parametrize("file", sorted(PACKAGE.rglob("*.py")), ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_point_down(file: Path) -> None:
    own = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for module in imported(file):
        other = part_of(module)
        if other in ("", own) or module.startswith("novosky.config.schema"):
            continue  # the schema's types may be named anywhere
        assert RANKS[other] < RANKS[own], f"{file.relative_to(ROOT)} imports {module}"


def test_the_core_imports_nothing_of_the_project_but_errors() -> None:
    for file in (PACKAGE / "execution").glob("*.py"):
        for module in imported(file):
            assert part_of(module) in ("execution", "errors"), f"{file.name} imports {module}"


def test_every_part_has_a_rank() -> None:
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if not path.name.startswith("__")}
    assert parts == set(RANKS)
