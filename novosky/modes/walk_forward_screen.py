"""A walk-forward's result as short tables on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.modes.figure_text import bounds_text, or_none, with_interval
from novosky.modes.luck_screen import looks_row, luck_rows
from novosky.modes.screen import near, say, show_columns, show_table


def show_walk_forward(result: dict[str, Any], run_dir: Path) -> None:
    """The answer, the figures over all folds, and a row a fold; `*` marks folds that the settings have seen."""
    whole, annual = result["walk_forward"], result["significance"]["sharpe_annual_interval"]
    say(result["summary"])
    show_table(
        f"{result['data']['symbol']} {result['data']['timeframe']}, {result['settings']['broker']}, walk-forward",
        [
            ("folds", f"{len(whole['folds'])}, {whole['folds'][0]['from']} .. {whole['folds'][-1]['to']}"),
            looks_row(result["volatile"]),
            ("trades", f"{whole['trades']} (BUY {whole['sides']['BUY']}, SELL {whole['sides']['SELL']})"),
            ("profit factor", with_interval(whole["profit_factor"], whole["profit_factor_interval"], ".2f")),
            ("expectancy", with_interval(whole["expectancy_r"], whole["expectancy_r_interval"], "+.3f", " R a trade")),
            ("return", _return(whole)),
            ("max drawdown", f"{whole['max_drawdown_pct']:.2f} %"),
            ("Sharpe", with_interval(whole["sharpe_annual"], annual, ".2f", " a year, daily")),
            *luck_rows(result),
        ],
    )
    show_columns(
        ("fold", "from", "trades", "R a trade", "interval, R", "return %", "score", "hold %"),
        [_screen_row(k, row) for k, row in enumerate(whole["folds"], start=1)],
    )
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"result: {near(run_dir)}")


def _return(whole: dict[str, Any]) -> str:
    if whole["buy_and_hold"] is None:
        return "none: the settings have seen every fold"
    return f"{whole['return_pct']:+.2f} %   buy and hold {whole['buy_and_hold']['return_pct']:+.2f} %"


def _screen_row(k: int, row: dict[str, Any]) -> tuple[str, ...]:
    return (
        f"{k}*" if row["settings_have_seen"] else str(k),
        row["from"][:10],
        str(row["trades"]),
        or_none(row["expectancy_r"], "+.3f"),
        bounds_text(row["expectancy_r_interval"], "+.2f"),
        f"{row['return_pct']:+.1f}",
        f"{row['reference_score']:.2f}",
        f"{row['buy_and_hold_pct']:+.1f}",
    )
