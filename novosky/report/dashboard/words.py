"""Names of the ledger in a trader's words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from novosky.report.text import VERDICT_WORDS, number, words

GATE_TITLES: Final = {
    "vote": "Vote",
    "confidence": "Confidence",
    "probability_gap": "BUY against SELL",
    "atr_floor": "Volatility (ATR)",
    "news_block": "News",
    "ema_trend": "Trend (EMA 200)",
    "session": "Session",
    "week_end": "Weekend",
    "spread_limit": "Spread",
    "equity_filter": "Equity filter",
    "breakers": "Loss limits",
    "positions": "Room for a position",
    "guards": "Guards",
}
GUARD_TITLES: Final = {
    "losses": "Loss limits",
    "kill_switch": "Kill switch",
    "stale_bars": "Fresh bars",
    "clock_drift": "Clocks agree",
    "spread_spike": "Usual spread",
    "rejects": "Orders accepted",
    "paused": "Not paused by a person",
}
_OTHER: Final = {
    "late": "too late after the bar's open",
    "outcome_unknown": "an order's outcome is not known yet",
    **{name: f"a guard holds: {title.lower()}" for name, title in GUARD_TITLES.items()},
}


def side_name(side: int) -> str:
    """BUY, SELL, or none."""
    return {1: "BUY", -1: "SELL"}.get(side, "none")


def verdict_words(verdict: str) -> str:
    """Why no entry was planned; `all gates passed` where one was."""
    return "all gates passed" if verdict == "opened" else words(verdict, VERDICT_WORDS)


def refusal_words(why: str) -> str:
    """Why an entry that was planned did not leave at the open."""
    return _OTHER.get(why) or words(why, VERDICT_WORDS)


def gate_words(name: str, gate: Mapping[str, Any]) -> str:
    """What a gate found and what it lets pass."""
    found, limit = gate.get("found"), gate.get("limit")
    if name not in _TOLD:
        return f"found {_value(found)}, let: {_value(limit)}"
    try:
        return _TOLD[name](found, limit)
    except (TypeError, ValueError):  # another version's gate of that name
        return f"found {_value(found)}, let: {_value(limit)}"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"
    return str(value)


_TOLD: Final[Mapping[str, Callable[[Any, Any], str]]] = {
    "vote": lambda found, limit: f"{side_name(found)}" if found else "no majority for a side",
    "confidence": lambda found, limit: f"{found:.4f}, asked for {limit:.4f}",
    "probability_gap": lambda found, limit: f"{found:.4f} apart" + (f", asked for {limit:.4f}" if limit else ""),
    "atr_floor": lambda found, limit: f"{number(found)}, at least {number(limit)}",
    "news_block": lambda found, limit: f"{found:,} minutes away, more than {limit} asked",
    "ema_trend": lambda found, limit: f"{number(found, sign=True)} from the average",
    "session": lambda found, limit: f"{'inside' if found else 'outside'} {', '.join(limit)}",
    "week_end": lambda found, limit: "too close" if found else "far enough",
    "spread_limit": lambda found, limit: f"{number(found)}, at most {number(limit)}",
    "equity_filter": lambda found, limit: "holds" if found else "free",
    "breakers": lambda found, limit: "free" if found == limit else words(found, VERDICT_WORDS),
    "positions": lambda found, limit: f"{found} open of {limit}",
    "guards": lambda found, limit: ", ".join(GUARD_TITLES.get(name, name) for name in found) if found else "free",
}
