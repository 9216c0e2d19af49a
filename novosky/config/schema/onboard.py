"""How `mode=onboard` is answered."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass

from novosky.config.schema.keys import key

NOTHING_FITS, NO_EDGE, GENERATED_BARS = "nothing_fits", "no_edge", "generated_bars"
AGAINST_LIVE = (NOTHING_FITS, NO_EDGE, GENERATED_BARS)


@dataclass
class OnboardConfig:
    answers: str | None = key(None, "file with the answers; null: they are asked for at the terminal")
    overwrite: bool = key(False, "replace a settings file that says something else (with onboard.answers only)")
    accept: list[str] = key([], "reasons against live trading that are passed over by name", choices=AGAINST_LIVE)
