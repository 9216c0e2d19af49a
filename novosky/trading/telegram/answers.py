"""Answers to questions, in words, from the bot's Desk."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from novosky.trading.telegram.desk import Desk, OpenPosition

HELP = """\
/status what the bot is doing
/positions what is open
/equity balance, equity, drawdown
/today trades closed since the daily reset
/pause open nothing; what is open is managed
/resume open again
/close TICKET or /close all (asks for a code)
/stop end the bot; positions keep their stops at the broker (asks for a code)
/yes CODE confirms"""

SILENT_S = 900.0  # a Desk older than this is said to be old


def answer(question: str, shown: tuple[Desk, float] | None) -> str:
    """For a name in QUESTIONS; the Desk and its age in seconds."""
    if question == "help":
        return HELP
    if shown is None:
        return "The bot has not finished a cycle yet; ask again in a moment."
    desk, age_s = shown
    old = f"\n! The bot has shown nothing new for {age_s / 60:.0f} min." if age_s > SILENT_S else ""
    return f"{QUESTIONS[question](desk)}\nas of {_time(desk.time_ms)}{old}"


def _status(desk: Desk) -> str:
    lines = [
        f"{desk.bot}: {desk.state}, {'connected' if desk.connected else 'NOT connected'}",
        f"{desk.symbol} {desk.timeframe}, revision {desk.revision}",
        f"positions {len(desk.positions)}, equity {_money(desk.equity, desk)}",
    ]
    if desk.last_bar_ms:
        lines.append(f"last bar {_time(desk.last_bar_ms)}: {desk.last_decision or 'no decision'}")
    lines += [f"guard {guard}" for guard in desk.guards] or ["no guard holds"]
    if desk.server_clock:
        lines.append(desk.server_clock)
    return "\n".join(lines)


def _positions(desk: Desk) -> str:
    return "\n".join(_position(one, desk) for one in desk.positions) or "Nothing is open."


def _position(one: OpenPosition, desk: Desk) -> str:
    levels = ", ".join(f"{name} {level:.10g}" if level else f"no {name}" for name, level in _levels(one))
    side = "BUY" if one.side > 0 else "SELL"
    return (
        f"{one.ticket} {side} {one.volume:g} {one.symbol} at {one.price_open:.10g}, {levels}, "
        f"{_money(one.profit, desk, signed=True)}, since {_time(one.opened_ms)}"
    )


def _levels(one: OpenPosition) -> tuple[tuple[str, float], tuple[str, float]]:
    return ("stop", one.stop), ("target", one.target)


def _equity(desk: Desk) -> str:
    floating = desk.equity - desk.balance
    return (
        f"equity {_money(desk.equity, desk)}, balance {_money(desk.balance, desk)}\n"
        f"open {_money(floating, desk, signed=True)}, drawdown {desk.drawdown_pct:.1f} %"
    )


def _today(desk: Desk) -> str:
    today = desk.today
    since = f" since {_time(today.since_ms)}" if today.since_ms else ""
    return f"{today.trades} trades closed{since}, {today.wins} won, net {_money(today.net, desk, signed=True)}"


def _money(amount: float, desk: Desk, signed: bool = False) -> str:
    return f"{amount:{'+' if signed else ''},.2f} {desk.currency}"


def _time(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC"


QUESTIONS: dict[str, Callable[[Desk], str]] = {
    "help": lambda _: HELP,
    "status": _status,
    "positions": _positions,
    "equity": _equity,
    "today": _today,
}
