"""`data=ccxt` with ccxt itself as the client of an exchange on this machine."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from novosky.config.schema import Config
from novosky.config.schema.market import DataConfig
from novosky.errors import ConfigError, DataError, NovoskyError
from novosky.market.bars import utc_text
from novosky.market.exchange import read_exchange
from novosky.market.snapshot import Market, open_market
from novosky.modes import data as mode_data
from support.local_exchange import STEP_S, Answer, LocalExchange, candles, ok, page, served, serving
from support.market_files import NO_NEWS, same_bars

pytest.importorskip("ccxt")

Compose = Callable[..., Config]
CANDLES = candles(700)


@pytest.fixture
def exchange() -> Iterator[LocalExchange]:
    with serving(LocalExchange(CANDLES)) as made:
        yield made


def settings(at: LocalExchange, **changes: Any) -> DataConfig:
    """500 bars of the exchange, 200 a page, one try again at once."""
    wanted: dict[str, Any] = {
        "exchange": "bitstamp",
        "market": "BTC/USD",
        "since": "2024-01-01",
        "until": "2024-01-06T05:00",
        "page_bars": 200,
        "timeout_s": 5.0,
        "retries": 1,
        "api_url": at.url,
    }
    return DataConfig(source="ccxt", **(wanted | changes))


def read(at: LocalExchange, **changes: Any) -> tuple[list[float], dict[str, Any], list[float]]:
    """Closes, counts, and what was slept."""
    slept: list[float] = []
    frame, counts = read_exchange(settings(at, **changes), lambda _text, _share: None, slept.append)
    return frame["close"].to_list(), counts, slept


def opened(at: LocalExchange, folder: Path, **changes: Any) -> Market:
    return open_market(settings(at, **changes), NO_NEWS, folder)


CLOSES = [candle[4] for candle in CANDLES]


def test_pages_become_bars(exchange: LocalExchange, tmp_path: Path) -> None:
    market = opened(exchange, tmp_path)
    bars = market.bars
    assert [query["limit"] for query in exchange.asked] == [200, 200, 200]
    assert len(bars) == 500
    assert bars.time_ms.tolist() == [candle[0] * 1000 for candle in CANDLES[:500]]
    columns = (bars.open, bars.high, bars.low, bars.close, bars.tick_volume)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == [candle[1:] for candle in CANDLES[:500]]
    assert bars.real_volume.tolist() == bars.tick_volume.tolist()
    assert not bars.spread_points.any()
    assert market.snapshot.name.startswith("ccxt-BTCUSD-M15-")


def test_a_snapshot_is_read_without_the_exchange_and_a_later_end_is_another(
    exchange: LocalExchange, tmp_path: Path
) -> None:
    first = opened(exchange, tmp_path)
    asked = len(exchange.asked)
    again = opened(exchange, tmp_path, since="2024-01-01T00:00:00Z", page_bars=None, retries=3)
    assert len(exchange.asked) == asked
    assert same_bars(first.bars, again.bars)
    assert again.snapshot == first.snapshot
    later = opened(exchange, tmp_path, until="2024-01-07")
    assert (len(later.bars), len(first.bars)) == (576, 500)
    assert {folder.name for folder in tmp_path.iterdir()} == {first.snapshot.name, later.snapshot.name}


def test_a_named_snapshot_must_be_what_the_settings_give(exchange: LocalExchange, tmp_path: Path) -> None:
    name = opened(exchange, tmp_path).snapshot.name
    asked = len(exchange.asked)
    assert opened(exchange, tmp_path, snapshot=name).snapshot.name == name
    for changes in ({"until": "2024-01-07"}, {"exchange": None, "market": None, "since": None, "until": None}):
        with pytest.raises(ConfigError, match=f"data.snapshot={name}: these settings give the snapshot ccxt-BTCUSD"):
            opened(exchange, tmp_path, snapshot=name, **changes)
    assert len(exchange.asked) == asked


def test_what_is_missing_is_counted(exchange: LocalExchange) -> None:
    exchange.candles = [*CANDLES[10:300], *CANDLES[340:490]]
    closes, counts, _ = read(exchange)
    assert closes == [*CLOSES[10:300], *CLOSES[340:490]]
    assert (counts["bars_missing_at_start"], counts["bars_missing_at_end"]) == (10, 10)


@pytest.mark.parametrize("most", [30, 150])
def test_pages_cut_at_their_old_end_lose_no_bar(exchange: LocalExchange, most: int) -> None:
    exchange.most, exchange.cuts_old = most, True
    closes, counts, _ = read(exchange)
    assert closes == CLOSES[:500]
    assert counts["bars_missing_at_start"] == 0


def test_an_exchange_that_keeps_its_newest_bars_alone(exchange: LocalExchange) -> None:
    exchange.newest = 300
    closes, counts, _ = read(exchange)
    assert closes == CLOSES[400:500]
    assert counts["bars_missing_at_start"] == 400


def test_twice_and_out_of_order(exchange: LocalExchange) -> None:
    rows = CANDLES[:200]
    exchange.faults = [page([*rows[100:], rows[3], *rows[:100]])]
    closes, counts, _ = read(exchange)
    assert closes == CLOSES[:500]
    assert (counts["bars_repeated"], counts["bars_revised"]) == (1, 0)


def test_a_bar_that_is_still_open_is_left_out_and_a_revised_one_replaced(exchange: LocalExchange) -> None:
    closes, counts, _ = read(exchange, until="2024-01-06T05:07")
    assert closes == CLOSES[:500]
    assert counts["bars_unfinished"] == 1
    exchange.faults = [page([*CANDLES[:199], (*CANDLES[199][:4], CANDLES[199][4] + 0.5, 1.0)])]
    closes, counts, _ = read(exchange)
    assert closes == CLOSES[:500]
    assert counts["bars_revised"] == 1


BUSY: Answer = (429, {"Retry-After": "7"}, b'{"error": "slow down"}')
BROKEN: Answer = (500, {}, b"<html>oh no</html>")
GARBAGE: Answer = (200, {"Content-Type": "text/html"}, b"<html>log in to the hotel's network</html>")
HALF: Answer = (200, {"Content-Type": "application/json"}, b'{"data": {"ohlc": [{"timest')


@pytest.mark.parametrize("fault", [BUSY, BROKEN, GARBAGE, HALF])
@pytest.mark.parametrize("on_page", [0, 1, 2])
def test_a_request_that_fails_is_made_again(exchange: LocalExchange, fault: Answer, on_page: int) -> None:
    exchange.faults = [*[None] * on_page, fault, fault]
    closes, _, slept = read(exchange, retries=2)
    assert closes == CLOSES[:500]
    assert slept == ([7.0, 7.0] if fault is BUSY else [1.0, 2.0])


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (BUSY, 'ExchangeError: bitstamp {"error": "slow down"}'),
        (BROKEN, "ExchangeNotAvailable: bitstamp"),
        (GARBAGE, "BadResponse: an answer that is no JSON"),
        (HALF, "BadResponse: an answer that is no JSON"),
    ],
)
def test_an_exchange_that_stays_away_leaves_nothing_behind(
    exchange: LocalExchange, tmp_path: Path, fault: Answer, reason: str
) -> None:
    exchange.faults = [None, *[fault] * 9]
    with pytest.raises(NovoskyError, match="bitstamp BTC/USD: did not answer, tried 1 times") as refused:
        opened(exchange, tmp_path / "data", retries=0)
    assert refused.value.exit_code == 3
    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not (tmp_path / "data").exists()


def test_what_the_exchange_refuses_is_said(exchange: LocalExchange) -> None:
    exchange.faults = [ok({"status": "error", "reason": "maintenance\nuntil noon"})]
    with pytest.raises(NovoskyError, match=r"bitstamp BTC/USD: gave no bars \(ExchangeError: .*until noon") as refused:
        read(exchange)
    assert refused.value.exit_code == 3
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("content", [{"data": {"ohlc": 7}}, {"data": {"ohlc": []}}, {}, [1, 2, 3]])
def test_a_page_that_is_empty_once_leaves_no_hole(exchange: LocalExchange, content: Any) -> None:
    exchange.faults = [None, ok(content)]
    closes, counts, _ = read(exchange)
    assert closes == CLOSES[:500]
    assert counts["empty_pages"] == 1


def test_bars_that_break_the_contract(exchange: LocalExchange, tmp_path: Path) -> None:
    exchange.faults = [ok({"data": {"ohlc": [{"timestamp": str(CANDLES[0][0])}]}})]
    with pytest.raises(DataError, match=r"1 bar\(s\) break the bar contract, first row 1 .*: open is missing"):
        opened(exchange, tmp_path, until="2024-01-01T00:15")
    bad = (CANDLES[5][0], 100.0, 90.0, 80.0, 95.0, 1.0)
    exchange.candles = [*CANDLES[:5], bad, *CANDLES[6:]]
    with pytest.raises(DataError, match=r"bitstamp BTC/USD: 1 bar\(s\) break the bar contract, first row 6"):
        opened(exchange, tmp_path)
    assert opened(exchange, tmp_path, repair="drop").snapshot.source["rows_dropped"] == 1


def test_nobody_there(tmp_path: Path) -> None:
    with served(lambda _path, _query: ok([])) as url:
        pass
    with pytest.raises(NovoskyError, match=r"did not answer, tried 2 times \(NetworkError") as refused:
        read(LocalExchange([], url=url))
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exchange": "bitstmp"}, "data.exchange=bitstmp: unknown exchange; did you mean bitstamp[?]"),
        ({"market": "BTCUSD"}, "data.market=BTCUSD: bitstamp has no such market among its 3; did you mean BTC/USD[?]"),
        ({"market": "eth/usd"}, "did you mean ETH/USD[?]"),
        ({"until": "2999-01-01"}, "data.until=2999-01-01 00:00 UTC: lies ahead, it is 20"),
        (
            {"exchange": "coinbase", "timeframe": "H4"},
            "data.timeframe=H4: coinbase has no such bars; it has M1, M5, M15, M30, H1, D1",
        ),
        ({"exchange": "paymium"}, "data.exchange=paymium: gives no bars"),
    ],
)
def test_what_does_not_exist(exchange: LocalExchange, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(exchange, **changes)
    assert exchange.asked == []


def test_no_bars_at_all(exchange: LocalExchange) -> None:
    with pytest.raises(DataError, match="bitstamp BTC/USD: has no M15 bar from 2023-01-01 00:00 UTC to 2023-01-02"):
        read(exchange, since="2023-01-01", until="2023-01-02")


def test_the_end_is_held_to_the_clock_of_the_exchange() -> None:
    pair = {"altname": "XBTUSD", "base": "XXBT", "quote": "ZUSD", "pair_decimals": 1, "lot_decimals": 8}
    known = {
        "/0/public/Assets": {"XXBT": {"altname": "XBT", "decimals": 10}, "ZUSD": {"altname": "USD", "decimals": 4}},
        "/0/public/AssetPairs": {"XXBTZUSD": pair},
        "/0/public/Time": {"unixtime": CANDLES[99][0]},
    }
    with served(lambda path, _query: ok({"error": [], "result": known[path]})) as url:
        found = LocalExchange([], url=url)
        with pytest.raises(ConfigError, match=f"lies ahead, it is {utc_text(CANDLES[99][0] * 1000)}"):
            read(found, exchange="kraken", until="2024-01-03")


def test_mode_data_shows_where_its_bars_come_from(
    exchange: LocalExchange, compose: Compose, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exchange.candles = CANDLES[10:]
    wanted = {"exchange": "bitstamp", "market": "BTC/USD", "since": "2024-01-01", "until": "2024-01-03T00:05"}
    overrides = [f"data.{name}={value}" for name, value in (wanted | {"api_url": exchange.url}).items()]
    config = compose("mode=data", "data=ccxt", *overrides, f"paths.data={tmp_path}/data")
    assert mode_data.run(config, tmp_path).exit_code == 0
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["bars"], result["first"]) == (182, "2024-01-01 02:30 UTC")
    shown = " ".join(capsys.readouterr().out.split())
    assert "bitstamp BTC/USD, 2 pages; 1 bar left out that closes after data.until; 10 bars missing after" in shown
    assert "100.0% of the bars" in shown
    assert result["quality"]["gaps"] == 0
    assert STEP_S == 60 * 15
