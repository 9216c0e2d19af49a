"""A backtest's result as a short table on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from novosky.modes.cost_screen import show_costs_in_turn
from novosky.modes.figure_text import with_interval
from novosky.modes.luck_screen import looks_row, luck_rows
from novosky.modes.screen import near, say, show_table
from novosky.modes.stage_tables import show_in_turn


def show_result(result: dict[str, Any], run_dir: Path) -> None:
    """The short table on the screen."""
    judged, window = result["judged"], result["window"]
    reference, found = judged["reference"], result["significance"]
    currency = result["settings"]["account"]["currency"]
    sized = "risk" in result["models"]
    even = f"; {reference['equal_sizes']['value']:.2f} with equal sizes" if sized else ""
    rows = [
        (
            "window",
            f"{window['name']}: {window['bars']} bars, {window['days']} days, {window['from']} .. {window['to']}",
        ),
        looks_row(result["volatile"]),
        ("stages", ", ".join(result["models"])),
        ("trades", f"{judged['trades']} ({_counts(judged['sides'])})"),
        *_choices(judged, sized),
        ("win rate", _pct(judged["win_rate"])),
        ("profit factor", with_interval(judged["profit_factor"], judged["profit_factor_interval"], ".2f")),
        ("expectancy", with_interval(judged["expectancy_r"], judged["expectancy_r_interval"], "+.3f", " R a trade")),
        *_sized(judged, sized),
        ("forecast", _forecast(result["voters_on_window"])),
        ("confidence", result["confidence_buckets"]["summary"]),
        ("return", f"{judged['return_pct']:+.2f} %   buy and hold {judged['buy_and_hold']['return_pct']:+.2f} %"),
        ("max drawdown", f"{judged['max_drawdown_pct']:.2f} %"),
        ("Sharpe", with_interval(judged["sharpe_annual"], found["sharpe_annual_interval"], ".2f", " a year, daily")),
        ("score", _score(judged["score"])),
        (
            "reference",
            f"{_score(reference)} at {reference['risk_pct']:g} % risk: {reference['band']}{even}",
        ),
        *luck_rows(result),
        ("costs", _costs(judged["costs"], currency)),
        ("spread", _spread(judged["costs"], result["broker"])),
        ("not counted", "; ".join([*judged["costs"]["off"], *judged["costs"]["not_modelled"]])),
        ("ambiguous bars", _ambiguous(judged["ambiguous_trades"])),
        ("why no trade", _counts(judged["why_no_trade"])),
    ]
    say(result["summary"])
    show_table(f"{result['data']['symbol']} {result['data']['timeframe']}, {result['settings']['broker']}", rows)
    if "stages_in_turn" in result:
        show_in_turn(result["stages_in_turn"])
    if "costs_in_turn" in result:
        show_costs_in_turn(result["costs_in_turn"], currency)
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(f"result: {near(run_dir)}")


def _choices(judged: dict[str, Any], sized: bool) -> list[tuple[str, str]]:
    """How the trades ended, and what they were opened with."""
    if not judged["trades"]:
        return []
    stop, target = (_median(judged["brackets"][level]) for level in ("sl_atr", "tp_atr"))
    managed = {"additions": judged["additions"], "partial closes": judged["partial_closes"]}
    done = _counts(judged["exits"] | {name: count for name, count in managed.items() if count})
    rows = [("exits", done), ("brackets", f"stop {stop}, target {target} ATR")]
    return [*rows, ("size", f"{_median(judged['risk_multiplier'])} of the profile's risk")] if sized else rows


def _costs(costs: dict[str, Any], currency: str) -> str:
    kinds = ", ".join(f"{kind} {costs[kind]:.2f}" for kind in ("spread", "slippage", "commission", "swap"))
    return f"{costs['total']:.2f} {currency}: {kinds}"


def _spread(costs: dict[str, Any], terms: dict[str, Any]) -> str:
    """What a bar asks, and by which rule."""
    return f"median {costs['spread_median_price']:.2f} a bar ({terms['spread_mode']}, broker's {terms['spread']:.2f})"


def _ambiguous(block: dict[str, Any]) -> str:
    """How many trades ended on a bar that held both levels, and what hangs on its reading."""
    if not block["count"]:
        return f"none of the trades ({block['reading']})"
    low, high = block["expectancy_r_pessimistic"], block["expectancy_r_optimistic"]
    settled = f", {block['settled_by_finer_bars']} settled" if block["reading"] == "finer_bars" else ""
    return f"{block['count']} of the trades{settled}: {low:+.3f} to {high:+.3f} R a trade ({block['reading']})"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.items())


def _median(spread: dict[str, float]) -> str:
    """Median, with least and greatest."""
    return f"{spread['median']:.2f} ({spread['least']:.2f} .. {spread['greatest']:.2f})"


def _sized(judged: dict[str, Any], sized: bool) -> list[tuple[str, str]]:
    """Where the risk stage decides: the expectancy with each trade counted by its size, as the account felt it."""
    if not sized:
        return []
    value, bounds = judged["sized_expectancy_r"], judged["sized_expectancy_r_interval"]
    return [("by size", with_interval(value, bounds, "+.3f", " R a trade"))]


def _forecast(voters: dict[str, Any]) -> str:
    """How much better than the base rate the vote knew what happened, and which way."""
    if "vote" not in voters:
        return "not judged out of fold"
    vote = voters["vote"]
    classes, sides = (
        with_interval(vote[f"{of}_skill"], vote[f"{of}_skill_interval"], "+.4f") for of in ("log_loss", "direction")
    )
    return f"log-loss gained on the base rate {classes}, BUY against SELL {sides}"


def _pct(fraction: float | None) -> str:
    return "none" if fraction is None else f"{100 * fraction:.1f} %"


def _score(block: dict[str, Any]) -> str:
    return f"{block['value']:.2f}" + (f" ({block['note']})" if block["note"] else "")
