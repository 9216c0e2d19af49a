"""One market under many names."""

from __future__ import annotations

import pytest

from novosky.market.underlying import underlying_of


@pytest.mark.parametrize(
    ("symbol", "underlying"),
    [
        ("BTCUSD", "BTCUSD"),
        ("BTCUSDm", "BTCUSD"),
        ("BTCUSDT", "BTCUSD"),
        ("BTC/USDT:USDT", "BTCUSD"),
        ("BTC-USD", "BTCUSD"),
        ("btcusd", "BTCUSD"),
        ("BTCUSD#", "BTCUSD"),
        ("EURUSD.pro", "EURUSD"),
        ("EURUSD-ECN", "EURUSD"),
        ("EURUSD_i", "EURUSD"),
        ("US30.cash", "US30"),
        ("USTEC", "USTEC"),
        ("XAUUSDc", "XAUUSD"),
        ("ETHBTC", "ETHBTC"),
        ("#AAPL", "AAPL"),
        ("GOLD", "GOLD"),
        ("USDT", "USDT"),
    ],
)
def test_marks_of_brokers_and_exchanges_are_left_out(symbol: str, underlying: str) -> None:
    assert underlying_of(symbol) == underlying
    assert underlying_of(underlying) == underlying
