"""What `mode=monitor` shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.modes.screen import near, say, show_table

_QUESTIONS = {
    "result": "worse than promised?",
    "loses": "loses?",
    "fewer_trades": "fewer trades?",
    "more_trades": "more trades?",
    "costs": "dearer?",
}


def show_monitor(result: Mapping[str, Any], currency: str, run_dir: Path) -> None:
    """A table a bot, the alarms, the summary."""
    limits = result["limits"]
    for bot in result["bots"]:
        show_table(bot["bot"], _rows(bot, limits, currency))
        for alarm in bot["alarms"]:
            say(f"! {alarm['name']}: {alarm['text']}")
    if result["without_promise"] and result["bots"]:
        say(f"against 0 alone, no promise: {result['without_promise']}")
    say(result["summary"])
    say(f"result: {near(run_dir)}")


def _rows(bot: Mapping[str, Any], limits: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    recent, whole, day = bot["recent"], bot["whole"], bot["day"]
    change = "" if day["equity_change"] is None else f", equity {day['equity_change']:+.2f}"
    rows = [
        ("closed trades", f"{bot['closed']}, open {len(bot['open_positions'])}, {' '.join(bot['revisions'])}"),
        (f"last {recent['trades']}", _figures(recent, currency)),
        ("all", _figures(whole, currency)),
        ("losses in a row", f"{recent['losses_in_row_now']} now, {whole['losses_in_row_most']} at most"),
        ("day", f"{day['date']}: {day['trades']} trades, {day['net']:+.2f} {currency}{change}"),
        ("drawdown", _fall(bot["drawdown"], bot["whole_drawdown"])),
        (
            "confidence",
            f"winners {_number(whole['confidence_of_winners'])}, losers {_number(whole['confidence_of_losers'])}",
        ),
    ]
    if 0 < recent["trades"] < limits["min_trades"]:
        rows.append(("too few", f"{recent['trades']} trades say nothing of win rate and profit factor yet"))
    rows += [(_QUESTIONS[name], drift["words"]) for name, drift in bot["drift"].items()]
    if bot["positions_lost"]:
        rows.append(("without a deal", f"positions {bot['positions_lost']} are gone, and no figure holds them"))
    if bot["parity_events"]:
        rows.append(("parity", ", ".join(f"{level} {count}" for level, count in bot["parity_events"].items())))
    return rows


def _figures(block: Mapping[str, Any], currency: str) -> str:
    if not block["trades"]:
        return "none"
    factor = "no loss" if block["profit_factor"] is None else f"{block['profit_factor']:.2f}"
    expected = "" if block["expectancy_r"] is None else f", {block['expectancy_r']:+.3f} R a trade"
    return f"win rate {block['win_rate']:.1%}, profit factor {factor}{expected}, net {block['net']:+.2f} {currency}"


def _fall(recent: Mapping[str, Any] | None, whole: Mapping[str, Any] | None) -> str:
    if recent is None or whole is None:
        return "no equity was written down"
    return f"{recent['now_pct']:.2f} % now, {recent['most_pct']:.2f} % at most; in all {whole['most_pct']:.2f} %"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
