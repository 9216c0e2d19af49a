"""Files of bars, one reader a format: each returns a frame with the columns of a bar and UTC times, or refuses.

Readers judge the file and its columns; rows are judged by the bar contract.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from novosky.errors import DataError
from novosky.market.bars import COLUMNS
from novosky.market.clocks import ambiguous_count, to_utc
from novosky.market.contract import VALUES

MT5_COLUMNS = {
    "<OPEN>": "open",
    "<HIGH>": "high",
    "<LOW>": "low",
    "<CLOSE>": "close",
    "<TICKVOL>": "tick_volume",
    "<SPREAD>": "spread",
    "<VOL>": "real_volume",
}
SECONDS_BEFORE = 100_000_000_000  # an epoch below is in seconds (until the year 5138), else in milliseconds


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found: the frame, and how many of its times the file's clock shows twice."""

    frame: pl.DataFrame
    ambiguous_times: int = 0


def file_bytes(path: str | None, setting: str) -> bytes:
    """The bytes of the file that `setting` names; DataError when there is none or it cannot be read."""
    if path is None:
        raise DataError(f"{setting} is not set: give the file to read")
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{setting}={path}: expected a readable file, found: {error.strerror}") from error


def read_parquet(content: bytes, clock: str, where: str) -> Read:
    """Parquet with the columns of a bar and times that carry their zone."""
    frame = _parse(lambda: pl.read_parquet(BytesIO(content)), where, "a parquet file")
    _require_columns(frame, COLUMNS, where)
    _require_utc_clock(clock, where)
    kind = frame.schema["time"]
    if not isinstance(kind, pl.Datetime) or kind.time_zone is None:
        raise DataError(
            f"{where}: expected times with a time zone, found {kind}: write them as UTC "
            "(polars: dt.replace_time_zone, dt.convert_time_zone)"
        )
    return Read(_numbers(frame.with_columns(pl.col("time").dt.convert_time_zone("UTC")), where))


def read_csv(content: bytes, clock: str, where: str) -> Read:
    """Comma separated with the columns of a bar; times in ISO 8601 with offset, or epoch seconds or ms."""
    frame = _parse(lambda: pl.read_csv(BytesIO(content), infer_schema=False), where, "a comma separated file")
    _require_columns(frame, COLUMNS, where)
    _require_utc_clock(clock, where)
    return Read(_numbers(frame.with_columns(_instants(frame["time"], where)), where))


def read_mt5_export(content: bytes, clock: str, where: str) -> Read:
    """A MetaTrader 5 terminal's export: tab separated, `<DATE> <TIME> <OPEN> ...`, on the broker's clock.

    Daily bars lack `<TIME>` (midnight); `<VOL>` and `<SPREAD>` may be missing (0, unknown).
    """
    parse = lambda: pl.read_csv(BytesIO(_utf8(content)), separator="\t", infer_schema=False)  # noqa: E731
    frame = _parse(parse, where, "a tab separated export").rename(str.strip)
    _require_columns(frame, ("<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>"), where)
    optional = {"<TIME>": "00:00:00", "<VOL>": "0", "<SPREAD>": "0"}
    frame = frame.with_columns(
        pl.lit(value).alias(name) for name, value in optional.items() if name not in frame.columns
    )
    text = frame.select(pl.concat_str("<DATE>", pl.lit(" "), "<TIME>").str.strip_chars().alias("time"))["time"]
    local = text.str.to_datetime("%Y.%m.%d %H:%M:%S", time_unit="ms", strict=False)
    short = text.str.to_datetime("%Y.%m.%d %H:%M", time_unit="ms", strict=False)
    local = local.zip_with(local.is_not_null(), short)
    _refuse_null(local, text, where, "a time such as 2024.01.02 00:00:00")
    frame = frame.rename(MT5_COLUMNS).with_columns(to_utc(local, clock))
    return Read(_numbers(frame, where), ambiguous_count(local, clock))


READERS: dict[str, Callable[[bytes, str, str], Read]] = {
    "parquet": read_parquet,
    "csv": read_csv,
    "mt5_export": read_mt5_export,
}


def _parse(parse: Callable[[], pl.DataFrame], where: str, expected: str) -> pl.DataFrame:
    try:
        return parse()
    except (PolarsError, OSError, UnicodeError) as error:
        reason = str(error).strip().splitlines()
        raise DataError(
            f"{where}: expected {expected}, found: {reason[0] if reason else 'nothing readable'}"
        ) from error


def _utf8(content: bytes) -> bytes:
    """Some terminals export UTF-16, which a byte order mark tells."""
    return content.decode("utf-16").encode() if content[:2] in (b"\xff\xfe", b"\xfe\xff") else content


def _require_columns(frame: pl.DataFrame, expected: tuple[str, ...], where: str) -> None:
    missing = [name for name in expected if name not in frame.columns]
    if missing:
        raise DataError(
            f"{where}: expected columns {', '.join(expected)}; missing {', '.join(missing)}; "
            f"found {', '.join(frame.columns[:12]) or 'none'}: is `data=` the file's format?"
        )


def _require_utc_clock(clock: str, where: str) -> None:
    if clock != "utc":
        raise DataError(f"{where}: its times carry their zone, found data.clock={clock}: set data.clock=utc")


def _numbers(frame: pl.DataFrame, where: str) -> pl.DataFrame:
    """The columns of a bar, values as float64; a text that is no number is refused, not turned into a gap."""
    numbers = frame.select("time", pl.col(VALUES).cast(pl.Float64, strict=False))
    for name in VALUES:
        _refuse_null(numbers[name], frame[name], where, f"a number in column {name}")
    return numbers


def _instants(time: pl.Series, where: str) -> pl.Series:
    epoch = time.cast(pl.Int64, strict=False)
    if epoch.is_not_null().all():
        unit = 1000 if (epoch.max() or 0) < SECONDS_BEFORE else 1  # type: ignore[operator]
        return (epoch * unit).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("time")
    offset = time.str.extract(r"(Z|[+-]\d\d:?\d\d)$")
    _refuse_null(offset, time, where, "times that all carry their zone, such as 2024-01-01T00:00:00Z")
    if offset.n_unique() > 1:
        raise DataError(
            f"{where}: expected one time zone, found {', '.join(sorted(offset.unique()))}: write all in UTC"
        )
    instants = time.str.to_datetime(time_unit="ms", time_zone="UTC", strict=False)
    _refuse_null(instants, time, where, "a time such as 2024-01-01T00:00:00Z")
    return instants.alias("time")


def _refuse_null(parsed: pl.Series, text: pl.Series, where: str, expected: str) -> None:
    """DataError at the first value that was there and could not be read."""
    bad = (parsed.is_null() & text.is_not_null()).arg_true()
    if len(bad):
        row = int(bad[0])
        raise DataError(f"{where}: expected {expected}, found {text[row]!r} in row {row + 1} ({len(bad)} such rows)")
