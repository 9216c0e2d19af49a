"""What trading cost by kind, under which terms, and what no figure knows of."""

from __future__ import annotations

from typing import Any

from novosky.backtest.judge import Judged
from novosky.config.currency import currency_rate
from novosky.config.schema import Config

NOT_MODELLED = (
    "requotes and rejected orders",
    "partial fills and the market's depth",
    "the time between a decision and its fill",
    "swap, leverage and contract terms that change over time",
)


def costs_block(judged: Judged, config: Config) -> dict[str, Any]:
    """Money by kind, account currency: spread and slippage are inside the prices, swap is signed (paid below 0)."""
    modelled, off = _modelled(config)
    return {
        **paid(judged),
        "spread_median_price": judged.spread_median,
        "modelled": modelled,
        "off": off,
        "not_modelled": list(NOT_MODELLED),
    }


def paid(judged: Judged) -> dict[str, float]:
    """Sums over the trades; `total` is what they took from the account."""
    trades = judged.simulation.trades
    names = {"spread": "spread_cost", "slippage": "slippage_cost", "commission": "commission", "swap": "swap"}
    sums = {kind: round(float(trades[column].sum()), 2) + 0.0 for kind, column in names.items()}
    total = sums["spread"] + sums["slippage"] + sums["commission"] - sums["swap"]
    return {**sums, "total": round(total, 2) + 0.0}


def broker_block(config: Config) -> dict[str, Any]:
    """The terms that were traded under; sums as the broker states them, x `currency_rate` in account currency."""
    broker, execution = config.broker, config.execution
    terms = (
        "currency",
        "commission_per_lot",
        "commission_pct",
        "spread",
        "leverage",
        "margin_mode",
        "margin_rate",
        "margin_hedged_rate",
        "stop_out_pct",
        "swap_mode",
        "swap_long",
        "swap_short",
        "swap_triple_day",
        "volume_min",
        "volume_max",
        "volume_step",
        "stops_level_points",
        "freeze_level_points",
        "clock",
        "assumptions",
    )
    return {
        "name": broker.name,
        "currency_rate": currency_rate(config.account, broker),
        "position_mode": config.account.position_mode,
        "spread_mode": execution.spread_mode,
        "slippage": execution.slippage,
        **{name: getattr(broker, name) for name in terms},
    }


def _modelled(config: Config) -> tuple[list[str], list[str]]:
    """What counts into the figures, and what could but is switched off by the settings or the broker's terms."""
    broker, execution = config.broker, config.execution
    rules = (
        ("spread", execution.spread_factor > 0, "execution.spread_factor=0"),
        ("slippage", execution.slippage != "none", "execution.slippage=none"),
        ("commission", True, ""),
        ("swap", execution.swap and broker.swap_mode != "disabled", _why_no_swap(config)),
        ("volume steps", True, ""),
        ("stops and freeze level", True, ""),
        ("margin", True, ""),
        ("stop-out", broker.stop_out_pct > 0, "broker.stop_out_pct=0"),
        ("profile limits", True, ""),
    )
    return [name for name, on, _ in rules if on], [f"{name} ({why})" for name, on, why in rules if not on]


def _why_no_swap(config: Config) -> str:
    return "broker.swap_mode=disabled" if config.execution.swap else "execution.swap=false"
