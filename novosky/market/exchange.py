"""Bars of an exchange over its public interface, through ccxt (extra `ccxt`)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import urlsplit

import polars as pl

from novosky.config.instants import instant_ms
from novosky.config.schema.market import DataConfig
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.market.bars import COLUMNS, utc_text
from novosky.market.exchange_pages import Pages, Report, read_pages
from novosky.market.timeframes import timeframe_minutes

TIMEFRAMES = {"M1": "1m", "M5": "5m", "M15": "15m", "M30": "30m", "H1": "1h", "H4": "4h", "D1": "1d"}
USUAL_PAGE = 500  # where ccxt does not know how many bars the exchange gives at once
LONGEST_WAIT_S = 60.0
BUSY = (418, 429)  # Binance bans with 418

T = TypeVar("T")


def read_exchange(
    data: DataConfig, report: Report, sleep: Callable[[float], None] = time.sleep
) -> tuple[pl.DataFrame, dict[str, Any]]:
    """A frame with the columns of a bar, and what its pages were like.

    Both volumes are the traded volume in units of the base currency, the spread is 0 (unknown). Raises ConfigError for
    an exchange, market or timeframe that does not exist, DataError where there are no bars, NovoskyError where the
    exchange does not answer or answers with something else than bars.
    """
    client = _Client(data, sleep)
    step = timeframe_minutes(data.timeframe) * 60_000
    since, until = instant_ms("data.since", str(data.since)), instant_ms("data.until", str(data.until))
    since = -(-since // step) * step  # the first bar's open
    client.require_past(until)
    found = read_pages(client.ask, since, until, step, client.page_bars(), report)
    if not found.rows:
        raise DataError(
            f"{client.where}: has no {data.timeframe} bar from {utc_text(since)} to {utc_text(until)}; choose another "
            "data.since and data.until (some exchanges keep their newest bars alone)"
        )
    return _frame(found), {"exchange": client.name, "market": data.market} | _counts(found, since, until, step)


class _Client:
    """ccxt's client of one exchange and market; every call is retried and answers with data or an error of ours."""

    def __init__(self, data: DataConfig, sleep: Callable[[float], None]) -> None:
        self._ccxt = _library()
        self.name, self.market, self.retries = str(data.exchange), str(data.market), data.retries
        self.where, self._sleep, self._asked_bars = f"{self.name} {self.market}", sleep, data.page_bars
        if self.name not in self._ccxt.exchanges:
            raise ConfigError(
                f"data.exchange={self.name}: unknown exchange{_near(self.name, self._ccxt.exchanges)}; ccxt "
                f"{self._ccxt.__version__} knows {len(self._ccxt.exchanges)}, see docs.ccxt.com"
            )
        self._exchange = getattr(self._ccxt, self.name)({"timeout": round(data.timeout_s * 1000)})
        self._exchange.enableLastJsonResponse = True
        self._exchange.session.hooks["response"].append(self._heard)
        self._status = 0
        if data.api_url is not None:
            self._exchange.urls["api"] = _moved(self._exchange.urls["api"], data.api_url)
        self._timeframe = self._checked_timeframe(data.timeframe)
        self._call(self._exchange.load_markets)
        if self.market not in self._exchange.markets:
            symbols = list(self._exchange.markets)
            raise ConfigError(
                f"data.market={self.market}: {self.name} has no such market among its {len(symbols)}"
                f"{_near(self.market, symbols)}"
            )

    def ask(self, since: int, limit: int) -> list[list[float | None]]:
        """One page of rows from `since` on."""
        fetch = self._exchange.fetch_ohlcv
        rows: list[list[float | None]] = self._call(lambda: fetch(self.market, self._timeframe, since, limit))
        return rows

    def page_bars(self) -> int:
        """What the exchange gives at once, or less where the settings say so."""
        most = self._exchange.feature_value(self.market, "fetchOHLCV", "limit") or USUAL_PAGE
        return min(int(most), self._asked_bars or int(most))

    def require_past(self, until: int) -> None:
        """Refuse an end that the exchange's clock (this machine's where it shows none) has not reached."""
        now = self._call(self._exchange.fetch_time) if self._exchange.has["fetchTime"] is True else time.time() * 1000
        if until > now:
            raise ConfigError(
                f"data.until={utc_text(until)}: lies ahead, it is {utc_text(int(now))}; a snapshot holds bars that "
                "have closed: choose an earlier time"
            )

    def _checked_timeframe(self, name: str) -> str:
        known = self._exchange.timeframes or {}
        if self._exchange.has["fetchOHLCV"] is not True:
            raise ConfigError(f"data.exchange={self.name}: gives no bars, only trades; choose another exchange")
        if TIMEFRAMES[name] not in known:
            ours = [mine for mine, theirs in TIMEFRAMES.items() if theirs in known]
            raise ConfigError(f"data.timeframe={name}: {self.name} has no such bars; it has {', '.join(ours)}")
        return TIMEFRAMES[name]

    def _heard(self, response: Any, *_arguments: Any, **_settings: Any) -> None:
        self._status = response.status_code

    def _call(self, work: Callable[[], T]) -> T:
        """What `work` gives; tried again where the exchange is out of reach, busy, or answers with no JSON."""
        for attempt in range(self.retries + 1):
            try:
                answer = work()
                if self._exchange.last_json_response is None:
                    raise self._ccxt.BadResponse("an answer that is no JSON")
                return answer
            except self._ccxt.OperationFailed as error:
                found = error
            except Exception as error:  # whatever ccxt makes of an answer that it cannot read
                if self._status not in BUSY and self._status < 500:  # whose words ccxt may know and their status not
                    raise NovoskyError(f"{self.where}: gave no bars ({_line(error)}); nothing was written") from None
                found = error
            if attempt < self.retries:
                self._sleep(_wait(attempt, self._exchange.last_response_headers))
        raise NovoskyError(
            f"{self.where}: did not answer, tried {self.retries + 1} times ({_line(found)}); nothing was written: "
            "check the network, or raise data.retries and data.timeout_s"
        )


def _library() -> Any:
    try:
        import ccxt
    except ImportError as error:
        raise ConfigError(f"data=ccxt: needs the library ccxt ({error}); install it: uv sync --extra ccxt") from error
    return ccxt


def _moved(urls: Any, base: str) -> Any:
    """The same addresses on another host; their paths stay."""
    if isinstance(urls, Mapping):
        return {name: _moved(url, base) for name, url in urls.items()}
    return base.rstrip("/") + urlsplit(urls).path if isinstance(urls, str) else urls


def _wait(attempt: int, headers: Any) -> float:
    """Seconds before the next try: what the exchange asks for, else 1, 2, 4 ..."""
    asked = str((headers or {}).get("Retry-After", ""))
    return min(float(asked) if asked.isdecimal() else 2.0**attempt, LONGEST_WAIT_S)


def _near(found: str, known: list[str]) -> str:
    near = get_close_matches(found.upper(), known, n=1) or get_close_matches(found.lower(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:160]}{'...' if len(text) > 160 else ''}"


def _frame(found: Pages) -> pl.DataFrame:
    rows = [found.rows[time] for time in sorted(found.rows)]
    names = ("ms", "open", "high", "low", "close", "tick_volume")
    frame = pl.DataFrame(rows, schema=dict.fromkeys(names, pl.Float64), orient="row")
    when = pl.col("ms").cast(pl.Int64).cast(pl.Datetime("ms")).dt.replace_time_zone("UTC").alias("time")
    volume = pl.col("tick_volume").alias("real_volume")
    return frame.with_columns(when, volume, pl.lit(0.0).alias("spread")).select(COLUMNS)


def _counts(found: Pages, since: int, until: int, step: int) -> dict[str, int]:
    first, last = min(found.rows), max(found.rows)
    return {
        "pages": found.pages,
        "empty_pages": found.empty_pages,
        "bars_repeated": found.repeated,
        "bars_revised": found.revised,
        "bars_unfinished": found.unfinished,
        "bars_missing_at_start": max(0, first - since) // step,
        "bars_missing_at_end": max(0, until - last - step) // step,
    }
