"""The real files of a development machine: what is known of them must come out."""

from __future__ import annotations

from pathlib import Path

import pytest

from novosky.config.schema.market import NewsConfig
from novosky.errors import DataError
from novosky.market.bars import utc_text
from novosky.market.load import bars_from_file
from novosky.market.resample import resample
from novosky.market.snapshot import Market, open_market
from support.market_files import NO_NEWS, from_file

pytestmark = pytest.mark.real
EXPORT = "BTCUSD_M30_202401020000_202512282230.csv"


def opened(real_data: Path, tmp_path: Path, name: str, **changes: str) -> Market:
    source = "mt5_export" if name.endswith("csv") else "parquet"
    return open_market(from_file(source, real_data / name, **changes), NO_NEWS, tmp_path)


@pytest.mark.parametrize(
    ("name", "timeframe", "count", "missing", "first", "last"),
    [
        ("btcusd_m15_perp.parquet", "M15", 62_622, 0, "2024-04-19 16:30 UTC", "2026-01-31 23:45 UTC"),
        ("btcusd_m15_mt5.parquet", "M15", 12_590, 445, "2025-09-18 05:15 UTC", "2026-01-31 23:45 UTC"),
        ("btcusd_m1_mt5.parquet", "M1", 37_507, 1273, "2026-01-05 01:40 UTC", "2026-01-31 23:59 UTC"),
        ("btcusd_m15_spot_2020h1.parquet", "M15", 18_661, 59, "2020-01-01 00:00 UTC", "2020-07-13 23:45 UTC"),
        (EXPORT, "M30", 34_003, 891, "2024-01-01 22:00 UTC", "2025-12-28 20:30 UTC"),
    ],
)
def test_counts_and_spans(
    real_data: Path, tmp_path: Path, name: str, timeframe: str, count: int, missing: int, first: str, last: str
) -> None:
    clock = "new_york_plus_7" if name == EXPORT else "utc"
    market = opened(real_data, tmp_path, name, timeframe=timeframe, clock=clock)
    found = market.snapshot.quality
    assert (len(market.bars), found["missing_bars"]) == (count, missing)
    assert (utc_text(int(market.bars.time_ms[0])), utc_text(int(market.bars.time_ms[-1]))) == (first, last)
    assert market.snapshot.source["rows_dropped"] == 0


def test_damaged_bars_of_the_perpetual_are_named(real_data: Path, tmp_path: Path) -> None:
    torn = opened(real_data, tmp_path, "btcusd_m15_perp.parquet").snapshot.quality["torn"]
    assert torn["count"] == 2
    assert [bar["time"] for bar in torn["largest"]] == ["2024-10-28 20:15 UTC", "2024-10-28 20:45 UTC"]


def test_export_agrees_with_the_perpetual_about_the_time(real_data: Path, tmp_path: Path) -> None:
    """Two sources of one underlying move together only when both clocks are read rightly, winter and summer."""
    export = opened(real_data, tmp_path, EXPORT, timeframe="M30", clock="new_york_plus_7").bars
    perpetual, _ = resample(opened(real_data, tmp_path, "btcusd_m15_perp.parquet").bars, 30)
    closes = dict(zip(perpetual.time_ms.tolist(), perpetual.close.tolist(), strict=True))
    for shift_hours, close_enough in ((0, True), (1, False), (-1, False)):
        for month in ("2024-07", "2024-12", "2025-03-2", "2025-11-0"):
            ratios = [
                export.close[i] / closes[time + shift_hours * 3_600_000] - 1.0
                for i, time in enumerate(export.time_ms.tolist())
                if utc_text(time).startswith(month) and time + shift_hours * 3_600_000 in closes
            ]
            spread = sorted(abs(ratio) for ratio in ratios)[len(ratios) // 2]
            assert len(ratios) > 300
            assert (spread < 0.0010) == close_enough, (month, shift_hours, spread)


def test_minutes_resampled_are_the_brokers_own_quarter_hours(real_data: Path, tmp_path: Path) -> None:
    minutes = opened(real_data, tmp_path, "btcusd_m1_mt5.parquet", timeframe="M1").bars
    made, _ = resample(minutes, 15)
    own = opened(real_data, tmp_path, "btcusd_m15_mt5.parquet").bars
    closes = dict(zip(own.time_ms.tolist(), zip(own.open, own.high, own.low, own.close, strict=True), strict=True))
    rows = zip(made.time_ms.tolist(), zip(made.open, made.high, made.low, made.close, strict=True), strict=True)
    equal = [closes[time] == row for time, row in rows if time in closes]
    assert len(equal) > 2400
    assert sum(equal) / len(equal) > 0.97


def test_calendar_covers_2020_and_not_2024(real_data: Path, tmp_path: Path) -> None:
    news = NewsConfig(source="csv", path=str(real_data / "calendar_2019-11_2020-10.csv"))
    market = open_market(from_file("parquet", real_data / "btcusd_m15_spot_2020h1.parquet"), news, tmp_path)
    assert market.calendar is not None
    assert len(market.calendar) == 3975
    assert market.snapshot.source["events_without_time"] == 240
    inside = market.calendar.select(["USD"], "high")
    assert len(inside) == 234
    with pytest.raises(DataError, match="the calendar covers 2019-11-20 00:00 UTC to 2020-10-28 00:00 UTC"):
        open_market(from_file("parquet", real_data / "btcusd_m15_perp.parquet"), news, tmp_path)


def test_wrong_timeframe_and_wrong_format_are_refused(real_data: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"expected bars of M15, found M30: set data.timeframe=M30"):
        opened(real_data, tmp_path, EXPORT, clock="new_york_plus_7")
    content = (real_data / EXPORT).read_bytes()
    with pytest.raises(DataError, match=r"missing time, open"):
        bars_from_file(from_file("csv", real_data / EXPORT), content)
