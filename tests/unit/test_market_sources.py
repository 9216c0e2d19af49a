"""Readers of files: what each takes, and the line that each refusal prints."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from novosky.errors import DataError
from novosky.market.load import bars_from_file
from novosky.market.sources import file_bytes, read_csv, read_mt5_export, read_parquet
from support.market_files import from_file

HEADER = "time,open,high,low,close,tick_volume,spread,real_volume\n"
MT5_HEADER = "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\r\n"


def csv(*times: str) -> bytes:
    return (HEADER + "".join(f"{time},1,2,0.5,1.5,10,3,0\n" for time in times)).encode()


def mt5(*rows: str) -> bytes:
    return (MT5_HEADER + "".join(row.replace(" ", "\t") + "\r\n" for row in rows)).encode()


@pytest.mark.parametrize(
    "times",
    [
        ("2024-01-01T00:00:00Z", "2024-01-01T00:15:00Z"),
        ("2024-01-01 00:00:00+00:00", "2024-01-01 00:15:00+00:00"),
        ("2024-01-01T02:00:00+02:00", "2024-01-01T02:15:00+02:00"),
        ("1704067200", "1704068100"),
        ("1704067200000", "1704068100000"),
    ],
)
def test_csv_times(times: tuple[str, str]) -> None:
    frame = read_csv(csv(*times), "utc", "x.csv").frame
    assert frame["time"].dt.epoch("ms").to_list() == [1_704_067_200_000, 1_704_068_100_000]
    assert frame.row(0)[1:] == (1.0, 2.0, 0.5, 1.5, 10.0, 3.0, 0.0)


CSV_REFUSALS = [
    (csv("2024-01-01T00:00:00Z", "2024-01-01T00:15:00"), "expected times that all carry their zone"),
    (csv("2024-01-01T00:00:00Z", "2024-01-01T00:15:00+02:00"), r"expected one time zone, found \+02:00, Z"),
    (csv("2024-01-01T00:00:00", "2024-01-01T00:15:00"), r"found '2024-01-01T00:00:00' in row 1 \(2 such rows\)"),
    (csv("2024-01-01T00:00:00Z", "2024-13-01T00:15:00Z"), "expected a time such as .* in row 2"),
    (HEADER.encode() + b"1704067200,1,2,x,1.5,1,1,0\n", "expected a number in column low, found 'x' in row 1"),
    (b"time,open\n1,2\n", "expected columns time, open, high.*missing high, low.*found time, open"),
    (b"", "expected a comma separated file, found"),
    (b"\xff\xfe\x00\x01", "expected"),
]


@pytest.mark.parametrize(("content", "message"), CSV_REFUSALS)
def test_csv_refusals(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as refusal:
        read_csv(content, "utc", "x.csv")
    assert str(refusal.value).startswith("x.csv: ")
    assert "\n" not in str(refusal.value)


def test_csv_null_value_is_left_to_the_contract() -> None:
    content = HEADER.encode() + b"1704067200,1,2,,1.5,1,1,0\n1704068100,1,2,0.5,1.5,1,1,0\n"
    assert read_csv(content, "utc", "x.csv").frame["low"].to_list() == [None, 0.5]


def test_parquet_without_zone_is_refused(tmp_path: Path) -> None:
    columns = {name: [1.0] for name in ("open", "high", "low", "close", "tick_volume", "spread", "real_volume")}
    pl.DataFrame({"time": [datetime(2024, 1, 1)]} | columns).write_parquet(tmp_path / "naive.parquet")
    with pytest.raises(DataError, match=r"naive.parquet: expected times with a time zone, found Datetime"):
        read_parquet((tmp_path / "naive.parquet").read_bytes(), "utc", "naive.parquet")


def test_parquet_of_another_kind_is_refused() -> None:
    with pytest.raises(DataError, match=r"x.parquet: expected a parquet file, found"):
        read_parquet(b"time,open\n", "utc", "x.parquet")


def test_clock_of_a_file_that_knows_its_zone_is_refused() -> None:
    with pytest.raises(DataError, match=r"found data.clock=eet: set data.clock=utc"):
        read_csv(csv("1704067200"), "eet", "x.csv")


def test_mt5_export_columns_go_where_they_belong() -> None:
    read = read_mt5_export(mt5("2024.01.02 00:00:00 43614.21 43656.09 43366.39 43466.10 399 7 1001"), "utc", "x.csv")
    assert read.frame.columns == ["time", "open", "high", "low", "close", "tick_volume", "spread", "real_volume"]
    assert read.frame.row(0)[1:] == (43614.21, 43656.09, 43366.39, 43466.10, 399.0, 1001.0, 7.0)


def test_mt5_export_of_days_and_without_spread() -> None:
    content = b"<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\n2024.07.02\t1\t2\t0.5\t1.5\t10\n"
    read = read_mt5_export(content, "new_york_plus_7", "x.csv")
    assert read.frame["time"].dt.strftime("%F %H:%M").to_list() == ["2024-07-01 21:00"]
    assert read.frame.select("spread", "real_volume").row(0) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (mt5("2024-01-02 00:00:00 1 2 0.5 1.5 1 0 1"), "expected a time such as 2024.01.02 00:00:00, found"),
        (b"time,open\n1,2\n", "missing <DATE>, <OPEN>"),
    ],
)
def test_mt5_export_refusals(content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_mt5_export(content, "utc", "x.csv")


def test_mt5_export_in_utf_16() -> None:
    content = mt5("2024.01.02 00:00:00 43614.21 43656.09 43366.39 43466.10 399 7 1001")
    wide = read_mt5_export(content.decode().encode("utf-16"), "utc", "x.csv")
    assert wide.frame.equals(read_mt5_export(content, "utc", "x.csv").frame)


def test_a_file_in_descending_order_is_refused_by_its_order() -> None:
    times = ("01:00:00", "00:30:00", "00:00:00")
    content = mt5(*(f"2024.01.02 {time} 1 2 0.5 1.5 1 0 1" for time in times))
    with pytest.raises(DataError, match=r"first row 2 .* time is not after all times before it"):
        bars_from_file(from_file("mt5_export", Path("x.csv"), timeframe="M30"), content)


def test_hour_that_the_clock_skips_breaks_the_contract() -> None:
    times = ("08:30:00", "09:30:00", "10:00:00", "10:30:00", "11:00:00")
    content = mt5(*(f"2024.03.10 {time} 1 2 0.5 1.5 1 0 1" for time in times))
    data = from_file("mt5_export", Path("x.csv"), timeframe="M30", clock="new_york_plus_7")
    with pytest.raises(
        DataError, match=r"first row 2 \(no time\): time is missing or does not exist on the file's clock"
    ):
        bars_from_file(data, content)
    data.repair = "drop"
    bars, notes = bars_from_file(data, content)
    assert (len(bars), notes["rows_dropped"]) == (4, 1)


@pytest.mark.parametrize(("asked", "mend"), [("M1", "data.timeframe=M15"), ("M5", "data.timeframe=M15")])
def test_coarser_file_than_asked_is_refused(asked: str, mend: str) -> None:
    content = csv("1704067200", "1704068100", "1704069000")
    with pytest.raises(DataError, match=f"x.csv: expected bars of {asked}, found M15: set {mend}"):
        bars_from_file(from_file("csv", Path("x.csv"), timeframe=asked), content)


def test_finer_file_is_resampled_and_says_so() -> None:
    content = csv("1704067200", "1704068100", "1704069000", "1704069900", "1704070800")
    bars, notes = bars_from_file(from_file("csv", Path("x.csv"), timeframe="M30"), content)
    assert (len(bars), bars.timeframe_minutes) == (2, 30)
    assert notes["resampled_from"] == "M15"


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"data.path=.*nix: expected a readable file, found: No such file"):
        file_bytes(str(tmp_path / "nix"), "data.path")
    with pytest.raises(DataError, match=r"data.path=.*expected a readable file"):
        file_bytes(str(tmp_path), "data.path")
    with pytest.raises(DataError, match=r"data.path is not set"):
        file_bytes(None, "data.path")
