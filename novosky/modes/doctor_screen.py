"""The doctor's findings on the screen."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from novosky.modes.screen import say
from novosky.trading.doctor.finding import FAIL, PASS, WARN, Finding

STYLES = {PASS: "green", WARN: "yellow", FAIL: "bold red"}


def show_findings(findings: Sequence[Finding]) -> None:
    """A line a check, then the mends, those that fail first."""
    table = Table(box=None, pad_edge=False, header_style="")
    table.add_column("")
    table.add_column("check", no_wrap=True)
    table.add_column("found", overflow="fold", ratio=3)
    table.add_column("expected", overflow="fold", ratio=2)
    for one in findings:
        style = STYLES[one.verdict]
        table.add_row(f"[{style}]{one.verdict}[/{style}]", one.name, _plain(one.found), _plain(one.expected))
    Console(highlight=False).print(table)
    for verdict in (FAIL, WARN):
        for one in findings:
            if one.verdict == verdict:
                say(f"{verdict}  {one.name}: {one.mend}")


def _plain(text: str) -> str:
    """Brackets are the configuration's lists here, not styles."""
    return text.replace("[", "\\[")
