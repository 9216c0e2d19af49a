"""Rules between the bars, the calendar and the features that need one."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

from novosky.config.instants import instant_ms
from novosky.config.schema import Config
from novosky.config.schema.market import FILE_SOURCES, GENERATED_SOURCES
from novosky.errors import ConfigError

EDGE_SOURCES = ("synthetic", "planted")
DATES = ("since", "until")
EXCHANGE_KEYS = ("exchange", "market", *DATES)
NEWS_FEATURES = ("is_news_near", "news_minutes_away", "news_count_today", "is_news_risk_window")


def iso_date(name: str, text: str) -> date:
    """The day that `text` names. Raises ConfigError when it is none."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{name}={text}: expected an ISO date such as 2024-01-31") from None


def _check_file_source(config: Config) -> None:
    data = config.data
    if data.source in FILE_SOURCES and not data.path and not data.snapshot:
        raise ConfigError(f"data.path: required with data.source={data.source}, but not given; add data.path=<file>")


def _check_not_generated(config: Config) -> None:
    data = config.data
    if data.source in GENERATED_SOURCES:
        return
    for name in ("bars", "start", "seed", "oracle_sharpe"):
        if getattr(data, name) is not None:
            raise ConfigError(
                f"data.{name}={getattr(data, name)}: only a generated market has it, and data.source is {data.source}; "
                f"leave it away, or choose data=synthetic"
            )


def _check_generated_source(config: Config) -> None:
    data = config.data
    if data.source not in GENERATED_SOURCES:
        return
    if data.path is not None:
        raise ConfigError(
            f"data.path={data.path}: only a file source has one, and data.source is {data.source}; "
            f"choose data=parquet, data=csv or data=mt5_export"
        )
    needed = ["bars", "start", "seed"] + ["oracle_sharpe"] * (data.source in EDGE_SOURCES)
    for name in needed:
        if getattr(data, name) is None:
            raise ConfigError(
                f"data.{name}: required with data.source={data.source}, but not given; add data.{name}=..."
            )
    if data.oracle_sharpe is not None and data.source not in EDGE_SOURCES:
        raise ConfigError(f"data.oracle_sharpe={data.oracle_sharpe}: a random walk has no edge; choose data=planted")
    iso_date("data.start", str(data.start))


def _check_exchange_source(config: Config) -> None:
    data = config.data
    if data.source == "terminal":
        _check_dates(config, DATES)
    if data.source != "ccxt":
        _refuse_exchange_keys(config)
        return
    _check_dates(config, EXCHANGE_KEYS)
    for name, expected in (("path", None), ("clock", "utc")):
        if getattr(data, name) != expected:
            raise ConfigError(
                f"data.{name}={getattr(data, name)}: only a file source has one, and data.source is ccxt (UTC); leave "
                "it away"
            )
    address = urlsplit(data.api_url or "https://default")
    if address.scheme not in ("http", "https") or not address.netloc or "@" in address.netloc:
        raise ConfigError("data.api_url: expected http(s)://host[:port], without user and password")


def _check_dates(config: Config, needed: tuple[str, ...]) -> None:
    data = config.data
    missing = [name for name in needed if getattr(data, name) is None]
    if missing and not data.snapshot:
        name = missing[0]
        raise ConfigError(f"data.{name}: required with data.source={data.source}, but not given; add data.{name}=...")
    instants = [instant_ms(f"data.{name}", text) for name in ("since", "until") if (text := getattr(data, name))]
    if instants != sorted(set(instants)):
        raise ConfigError(f"data.until={data.until}: expected a time after data.since={data.since}")


def _refuse_exchange_keys(config: Config) -> None:
    has_dates = config.data.source == "terminal"
    for name in (*EXCHANGE_KEYS, "page_bars", "api_url"):
        if has_dates and name in DATES:
            continue
        if getattr(config.data, name) is not None:
            raise ConfigError(
                f"data.{name}={getattr(config.data, name)}: only an exchange has it, and data.source is "
                f"{config.data.source}; leave it away, or choose data=ccxt"
            )


def _check_structure(config: Config) -> None:
    data = config.data
    if data.structure != "trend" and data.source != "planted":
        raise ConfigError(
            f"data.structure={data.structure}: only data=planted hides another edge than trend, and data.source is "
            f"{data.source}; leave it away, or choose data=planted"
        )


def _check_news_source(config: Config) -> None:
    news = config.news
    if news.source == "csv" and not news.path and not config.data.snapshot:
        raise ConfigError("news.path: required with news.source=csv, but not given; add news.path=<file>")
    if news.source not in ("csv", "forexfactory") and news.path is not None:
        raise ConfigError(
            f"news.path={news.path}: only news=csv has one, and news.source is {news.source}; add news=csv"
        )
    _check_feed(config)
    if news.source == "synthetic" and config.data.source != "synthetic":
        raise ConfigError(
            f"news.source=synthetic: that calendar is made with data=synthetic, and data.source is "
            f"{config.data.source}; choose news=none, or news=csv with news.path=<file>"
        )
    if news.source != "none" and not news.currencies:
        raise ConfigError("news.currencies=[]: expected at least one currency, such as [USD]; or choose news=none")


def _check_feed(config: Config) -> None:
    news = config.news
    if news.source != "forexfactory":
        for name in ("url", "fetch_only"):
            if found := getattr(news, name):
                raise ConfigError(
                    f"news.{name}={found}: only news=forexfactory has it, and news.source is {news.source}; leave it "
                    "away, or choose news=forexfactory"
                )
        return
    for name in ("url", "path"):
        if not getattr(news, name):
            raise ConfigError(f"news.{name}: required with news=forexfactory, but not given; add news.{name}=...")
    address = urlsplit(str(news.url))
    if address.scheme not in ("http", "https") or not address.netloc or "@" in address.netloc:
        raise ConfigError("news.url: expected http(s)://host[:port]/path, without user and password")
    if news.fetch_only and config.mode != "data":
        raise ConfigError(f"news.fetch_only=true: only mode=data stops there, found mode={config.mode}; leave it away")


def _check_who_needs_news(config: Config) -> None:
    if config.news.source != "none":
        return
    needing = [name for name in config.features.names if name in NEWS_FEATURES]
    if needing:
        raise ConfigError(
            f"features={config.features.name}: {', '.join(needing)} need a calendar, and news.source is none; "
            f"choose features=core59_no_news, or news=csv with news.path=<file>"
        )
    if config.execution.news_block_minutes > 0:
        raise ConfigError(
            f"execution.news_block_minutes={config.execution.news_block_minutes}: needs a calendar, and news.source is "
            f"none; set it to 0, or choose news=csv with news.path=<file>"
        )


MARKET_CHECKS = (
    _check_file_source,
    _check_not_generated,
    _check_generated_source,
    _check_exchange_source,
    _check_structure,
    _check_news_source,
    _check_who_needs_news,
)
