"""The bar contract: every violation is refused with its row and mended by asking."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from novosky.errors import DataError
from novosky.market.contract import hold_to_contract, spacing_minutes, to_bars

START = datetime(2024, 1, 1, tzinfo=UTC)
GOOD = (100.0, 103.0, 99.0, 101.0, 10.0, 5.0, 0.0)
NAMES = ("open", "high", "low", "close", "tick_volume", "spread", "real_volume")
NAN, INF = float("nan"), float("inf")


def frame(**changes: tuple[int, Any]) -> pl.DataFrame:
    """Six good M15 bars, with `column=(row, value)` changed; row counts from 1."""
    rows = [{"time": START + timedelta(minutes=15 * i)} | dict(zip(NAMES, GOOD, strict=True)) for i in range(6)]
    for column, (row, value) in changes.items():
        rows[row - 1][column] = value
    types = {"time": pl.Datetime("ms", "UTC")} | dict.fromkeys(NAMES, pl.Float64)
    return pl.DataFrame(rows, schema=types)


def at(minutes: int, seconds: int = 0) -> datetime:
    return START + timedelta(minutes=minutes, seconds=seconds)


VIOLATIONS = [
    (frame(open=(3, NAN)), 3, "open is not a number", [3]),
    (frame(high=(1, INF)), 1, "high is infinite", [1]),
    (frame(open=(2, None)), 2, "open is missing", [2]),
    (frame(low=(4, 0.0)), 4, "low is not above 0", [4]),
    (frame(low=(4, -5.0)), 4, "low is not above 0", [4]),
    (frame(high=(5, 100.5)), 5, "high is below open, close or low", [5]),
    (frame(low=(5, 100.5)), 5, "low is above open, close or high", [5]),
    (frame(tick_volume=(6, -1.0)), 6, "tick_volume is negative", [6]),
    (frame(spread=(6, -1.0)), 6, "spread is negative", [6]),
    (frame(real_volume=(2, NAN)), 2, "real_volume is not a number", [2]),
    (
        frame(time=(3, None)),
        3,
        "time is missing or does not exist on the file's clock (is data.clock the right one?)",
        [3],
    ),
    (frame(time=(3, at(15))), 3, "time is not after all times before it", [3]),
    (frame(time=(5, at(0))), 5, "time is not after all times before it", [5]),
    (frame(time=(2, at(20))), 2, "time is not the open of a bar of this timeframe", [2]),
    (frame(time=(2, at(15, 1))), 2, "time is not the open of a bar of this timeframe", [2]),
]


@pytest.mark.parametrize(("broken", "row", "meaning", "dropped"), VIOLATIONS)
def test_violation_is_refused_with_its_row_and_dropped_when_asked(
    broken: pl.DataFrame, row: int, meaning: str, dropped: list[int]
) -> None:
    with pytest.raises(DataError) as refusal:
        hold_to_contract(broken, 15, "none", "bars.csv")
    message = str(refusal.value)
    assert message.startswith("bars.csv: 1 bar(s) break the bar contract, first row ")
    assert f"first row {row} (" in message
    assert meaning in message
    assert message.endswith("set data.repair=drop to leave such bars out and count them")
    assert "\n" not in message

    kept, counts = hold_to_contract(broken, 15, "drop", "bars.csv")
    assert counts == {meaning: 1}
    expected = broken.with_row_index("row", 1).filter(~pl.col("row").is_in(dropped)).drop("row")
    assert kept["time"].to_list() == expected["time"].to_list()
    assert kept["close"].to_list() == expected["close"].to_list()


def test_good_bars_pass_unchanged() -> None:
    kept, counts = hold_to_contract(frame(), 15, "none", "bars.csv")
    assert (len(kept), counts) == (6, {})
    bars = to_bars(kept, "X", 15, 0.01)
    assert bars.time_ms[1] - bars.time_ms[0] == 900_000
    assert bars.high.tolist() == [103.0] * 6
    assert bars.spread_points.tolist() == [5.0] * 6


def test_first_of_two_violations_is_named_and_both_are_counted() -> None:
    with pytest.raises(DataError, match=r"2 bar\(s\) .* first row 2 \(2024-01-01 00:15 UTC\): spread is negative"):
        hold_to_contract(frame(spread=(2, -1.0), high=(5, 1.0)), 15, "none", "bars.csv")


def test_one_row_may_break_two_rules() -> None:
    _, counts = hold_to_contract(frame(open=(2, NAN), spread=(2, -1.0)), 15, "drop", "bars.csv")
    assert counts == {"open is not a number": 1, "spread is negative": 1}


def test_after_a_wild_time_the_first_bars_stay() -> None:
    kept, counts = hold_to_contract(frame(time=(4, at(15 * 400))), 15, "drop", "bars.csv")
    assert len(kept) == 4
    assert counts == {"time is not after all times before it": 2}


def test_a_columns_own_rule_is_named_before_one_between_columns() -> None:
    with pytest.raises(DataError, match=r"first row 1 .*: close is infinite"):
        hold_to_contract(frame(close=(1, INF)), 15, "none", "bars.csv")


def test_nothing_left_is_refused_even_with_repair() -> None:
    with pytest.raises(DataError, match="no bar is left of 6"):
        hold_to_contract(frame().with_columns(close=pl.lit(-1.0)), 15, "drop", "bars.csv")


def test_daily_bars_may_open_on_the_brokers_midnight() -> None:
    days = frame().with_columns(time=pl.Series([START + timedelta(days=i, hours=-2) for i in range(6)]))
    kept, _ = hold_to_contract(days, 1440, "none", "bars.csv")
    assert len(kept) == 6


@pytest.mark.parametrize(
    ("minutes", "expected"), [([0, 15, 30, 90, 105], 15), ([0, 1, 2, 3, 60], 1), ([0, 60, 120], 60)]
)
def test_spacing_is_the_most_frequent_one(minutes: list[int], expected: int) -> None:
    assert spacing_minutes(pl.Series([at(m) for m in minutes]), "x") == expected


@pytest.mark.parametrize("times", [[at(0)], [at(0), at(0)], [at(0, 0), at(0, 7), at(0, 14)]])
def test_spacing_of_less_than_two_bars_or_of_seconds_is_refused(times: list[datetime]) -> None:
    with pytest.raises(DataError, match=r"^x: expected"):
        spacing_minutes(pl.Series(times, dtype=pl.Datetime("ms", "UTC")), "x")
