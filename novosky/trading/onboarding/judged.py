"""What the money table is drawn from: the trades that the promoted revision was judged by, and what is known of it."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from novosky.config.schema.market import GENERATED_SOURCES
from novosky.errors import ModelCompatibilityError, UserError
from novosky.execution.records import Floats, Ints
from novosky.models.revision.listing import tags_in
from novosky.models.revision.places import RevisionPlaces
from novosky.models.revision.promoted import promoted, read_pointer
from novosky.models.revision.record import read_record
from novosky.trading.monitor.promise import JUDGED_TRADES, MS_PER_DAY, judged_window, utc_ms

SETTINGS = "settings.json"
COLUMNS = ("r", "risk_multiplier", "stop_distance", "entry_price")


@dataclass(frozen=True)
class Judged:
    """In order of exit; `day` 0 .. n_days - 1 of the exits, days of UTC, those without a market included."""

    tag: str
    r: Floats  # (n_trades,) after costs, per unit of the trade's own risk
    risk_multiplier: Floats  # (n_trades,) of the risk stage
    stop_distance: Floats  # (n_trades,) price units
    entry_price: Floats  # (n_trades,)
    day: Ints  # (n_trades,)
    n_days: int
    settings: Mapping[str, Any]  # those that decide, as promoted
    facts: Mapping[str, Any]  # of the record

    @property
    def trades_a_week(self) -> float:
        """As judged."""
        return len(self.r) / self.n_days * 7

    @property
    def shows_an_edge(self) -> bool:
        """The interval of its expectancy lies above 0."""
        interval = self.facts["gate"]["expectancy_r_interval"]
        return interval is not None and interval[0] is not None and interval[0] > 0.0

    @property
    def is_generated(self) -> bool:
        """Judged on no real market."""
        return self.facts["data"]["source"] in GENERATED_SOURCES


def read_judged(places: RevisionPlaces) -> Judged | None:
    """Of the revision that trades, every file held against its record; None where none was pulled or promoted.

    Raises ModelCompatibilityError where its files were touched, or do not say what is asked here.
    """
    if read_pointer(places) is None:
        return None
    record = promoted(places)
    folder = places.folder(record.tag)
    try:
        with (folder / JUDGED_TRADES).open(encoding="utf-8", newline="") as text:
            rows = sorted(csv.DictReader(text), key=lambda row: (row["exit_bar_time"], int(row["ticket"])))
        columns = {name: np.array([float(row[name]) for row in rows], np.float64) for name in COLUMNS}
        first, last, _ = judged_window(record.facts)
        day = np.array([utc_ms(row["exit_bar_time"]) // MS_PER_DAY - first for row in rows], np.int64)
        settings = json.loads((folder / SETTINGS).read_bytes())
        if len(day) and not 0 <= day.min() <= day.max() <= last - first:
            raise ValueError("a trade outside the window that it was judged on")
        found = Judged(record.tag, **columns, day=day, n_days=last - first + 1, settings=settings, facts=record.facts)
        _ = found.shows_an_edge, found.is_generated, settings["profile"]["number"], settings["execution"]["max_lots"]
    except (OSError, KeyError, ValueError, TypeError, StopIteration) as error:
        raise ModelCompatibilityError(
            f"{folder}: expected trades and settings of {record.tag}, found something else ({error}); run.py mode=pull "
            f"revision={record.tag}"
        ) from error
    return found


def known_rates(places: RevisionPlaces) -> dict[str, float]:
    """Trades a week of every revision whose record is here, as judged."""
    found = {}
    for tag in tags_in(places.records):
        try:
            gate = read_record(places.record(tag)).facts["gate"]
            found[tag] = gate["trades"] / gate["days"] * 7
        except (UserError, KeyError, TypeError, ZeroDivisionError):
            continue  # mode=revisions says what is wrong with it
    return found
