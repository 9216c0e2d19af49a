"""Settings of an exchange: what is required, what contradicts, and what changes no number."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.fingerprint import differing_parts, fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError

Compose = Callable[..., Config]
EXCHANGE = (
    "data=ccxt",
    "data.exchange=bitstamp",
    "data.market=BTC/USD",
    "data.since=2024-01-01",
    "data.until=2024-02-01",
)


@pytest.mark.parametrize(
    ("overrides", "line"),
    [
        (EXCHANGE[:4], "data.until: required with data.source=ccxt, but not given; add data.until=..."),
        ((*EXCHANGE, "data.since=soon"), "data.since=soon: expected an ISO date or time, UTC, such as 2024-01-31 or"),
        ((*EXCHANGE, "data.until=2023-12-31T23:45"), "data.until=2023-12-31T23:45: expected a time after data.since="),
        ((*EXCHANGE, "data.path=x.csv"), "data.path=x.csv: only a file source has one, and data.source is ccxt"),
        ((*EXCHANGE, "data.clock=eet"), "data.clock=eet: only a file source has one, and data.source is ccxt"),
        ((*EXCHANGE, "data.seed=3"), "data.seed=3: only a generated market has it, and data.source is ccxt"),
        ((*EXCHANGE, "data.api_url=me:secret@x"), "data.api_url: expected http(s)://host[:port], without user and"),
        ((*EXCHANGE, "data.api_url='https://me:secret@x'"), "data.api_url: expected http(s)://host[:port], without"),
        ((*EXCHANGE, "news=synthetic"), "news.source=synthetic: that calendar is made with data=synthetic"),
        (("data.market=BTC/USD",), "data.market=BTC/USD: only an exchange has it, and data.source is synthetic;"),
    ],
)
def test_exchanges(compose: Compose, overrides: tuple[str, ...], line: str) -> None:
    with pytest.raises(ConfigError) as refused:
        compose("features=core59_no_news", *overrides)
    assert str(refused.value).startswith(line)
    assert "secret" not in str(refused.value)


def test_how_bars_are_fetched_changes_no_fingerprint(compose: Compose) -> None:
    config = compose("features=core59_no_news", *EXCHANGE)
    same = compose("features=core59_no_news", *EXCHANGE, "data.retries=9", "data.page_bars=7", "data.timeout_s=2")
    assert fingerprint(same) == fingerprint(config)
    other = compose("features=core59_no_news", *EXCHANGE, "data.market=ETH/USD")
    assert differing_parts(fingerprint(config), fingerprint(other)) == ["data"]


def test_the_name_of_a_snapshot_stands_in_for_what_was_asked(compose: Compose) -> None:
    config = compose("features=core59_no_news", "data=ccxt", "data.snapshot=any")
    assert (config.data.exchange, config.data.until) == (None, None)
