"""What the week is given: what it shows, whom it asks and tells, what must not be imported here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from novosky.config.schema import Config
from novosky.market.exchange_pages import Report
from novosky.market.load import AskTerminal
from novosky.optimize.candidate import OpenProgress

PASS, WARN, FAIL = "pass", "warn", "fail"


class Check(NamedTuple):
    """A finding of the preflight; `mend` is empty where nothing is to be mended."""

    name: str
    verdict: str
    found: str
    expected: str = ""
    mend: str = ""


@dataclass(frozen=True)
class Ports:
    """`terminal` looks at the configured terminal; `smoke` lets the bot decide some bars, dry, in a folder, and raises
    where it cannot; `report` writes result and page; `tell` sends a notice (level, text) and raises where it was not
    taken; `observe` hears (moment, phase): begun, midst, worked."""

    say: Callable[[str], None]
    progress: OpenProgress
    ask: Callable[[Config, Report], AskTerminal | None]
    terminal: Callable[[Config], list[Check]]
    smoke: Callable[[Config, Path], str]
    report: Callable[[Any], str]
    tell: Callable[[str, str], str]
    observe: Callable[[str, str], None] = lambda moment, phase: None
