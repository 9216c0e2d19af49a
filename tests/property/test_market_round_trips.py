"""Bars written as a broker or a user would write them come back equal."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from novosky.market.bars import Bars
from novosky.market.contract import to_bars, to_frame
from novosky.market.load import bars_from_file
from support.market_files import (
    BROKER_ZONES,
    bars,
    broker_time,
    from_file,
    same_bars,
    write_csv,
    write_mt5_export,
    write_parquet,
)


def read_back(source: str, path: Path, clock: str = "utc") -> Bars:
    return bars_from_file(from_file(source, path, clock=clock), path.read_bytes())[0]


@settings(max_examples=60, deadline=None)
@given(bars())
def test_frame(made: Bars) -> None:
    assert same_bars(to_bars(to_frame(made), made.symbol, made.timeframe_minutes, made.point), made)


@settings(max_examples=30, deadline=None)
@given(bars())
def test_parquet(tmp_path_factory: pytest.TempPathFactory, made: Bars) -> None:
    path = tmp_path_factory.getbasetemp() / "x.parquet"
    write_parquet(made, path)
    assert same_bars(read_back("parquet", path), made)


@settings(max_examples=30, deadline=None)
@given(bars())
def test_csv(tmp_path_factory: pytest.TempPathFactory, made: Bars) -> None:
    path = tmp_path_factory.getbasetemp() / "x.csv"
    write_csv(made, path)
    assert same_bars(read_back("csv", path), made)


@settings(max_examples=80, deadline=None)
@given(bars(), st.sampled_from(sorted(BROKER_ZONES)))
def test_mt5_export(tmp_path_factory: pytest.TempPathFactory, made: Bars, clock: str) -> None:
    # A gap can leave the repeated hour of autumn without a step back: then no reader could tell the two apart.
    times = [broker_time(int(time), clock) for time in made.time_ms]
    assume(not any(time.fold for time in times))
    path = tmp_path_factory.getbasetemp() / "x.txt"
    write_mt5_export(made, path, clock)
    assert same_bars(read_back("mt5_export", path, clock), made)
