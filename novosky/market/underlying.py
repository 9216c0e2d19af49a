"""Which market a symbol names, whoever writes it: what the looks ledger counts by."""

from __future__ import annotations

import re

DOLLARS = ("USDT", "USDC")  # coins that stand for a dollar: the same bars for whoever fits to them
QUOTES = ("USD", *DOLLARS, "EUR", "GBP", "JPY", "CHF", "AUD", "CAD", "NZD", "BTC", "ETH")
_PAIR = re.compile(rf"([A-Z0-9]{{2,}})[-/_]({'|'.join(sorted(QUOTES, key=len, reverse=True))})(?![A-Z0-9])")


def underlying_of(symbol: str) -> str:
    """The market without the broker's or exchange's marks.

    `BTCUSDm`, `BTCUSD.pro`, `BTC/USDT:USDT` and `BTC-USD` are all BTCUSD. Names that differ otherwise (GOLD, XAUUSD)
    stay apart: nothing here knows that they are one.
    """
    pair = _PAIR.match(symbol.upper())
    name = "".join(pair.groups()) if pair else _without_marks(symbol)
    for coin in DOLLARS:
        if name.endswith(coin) and len(name) > len(coin):
            return name[: -len(coin)] + "USD"
    return name


def _without_marks(symbol: str) -> str:
    """What stands before the first character that is no capital or digit; a name without capitals is raised."""
    found = re.match(r"[A-Z0-9]{3,}", symbol)
    return found.group() if found else re.split(r"[^A-Z0-9]", symbol.upper().lstrip("#."))[0] or symbol
