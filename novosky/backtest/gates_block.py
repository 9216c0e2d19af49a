"""Every gate in the order in which it is asked: its settings, what it is asked on, when it opens again, its count."""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.config.schema import Config
from novosky.execution.codes import VERDICT_NAMES


class Gate(NamedTuple):
    """What docs/execution.md says of a gate; `settings` are dotted keys of the configuration."""

    settings: tuple[str, ...]
    asked_on: str
    opens_again: str


NEXT_BAR = "at the next bar"
AT_OPEN = "the open after the decision"
PERIOD_LOSS = ("profile.loss_base", "profile.loss_pct_of", "profile.loss_clock")

GATES = {
    "no_vote": Gate(("prediction.vote", "prediction.min_agreement"), "the closed bar", NEXT_BAR),
    "low_confidence": Gate(
        ("prediction.rule", "prediction.confidence_quantile", "prediction.confidence_threshold"),
        "the closed bar",
        NEXT_BAR,
    ),
    "low_probability_gap": Gate(("prediction.min_probability_diff",), "the closed bar", NEXT_BAR),
    "atr_floor": Gate(("execution.min_atr_threshold",), "ATR(14) of the closed bar", "when ATR is at least that"),
    "news_block": Gate(("execution.news_block_minutes",), "scheduled times", "when the event is farther"),
    "ema_trend": Gate(("execution.enable_ema_trend_filter",), "the close against EMA(200)", "when the side agrees"),
    "session": Gate(("execution.sessions",), "session clocks, at the close", "when a session is open"),
    "week_end": Gate(("execution.week_end_flat_minutes",), "the broker's clock, at close and open", "on Monday"),
    "equity_filter": Gate(
        ("execution.equity_filter_drawdown_r", "execution.equity_filter_trades"),
        "R of the shadow trades",
        "when the shadow has recovered",
    ),
    "consecutive_losses": Gate(
        ("execution.max_consecutive_losses", "execution.consecutive_losses_reset"),
        "closed trades in a row below 0",
        "with the reset",
    ),
    "daily_loss": Gate(("profile.daily_loss_pct", *PERIOD_LOSS), "loss since the day's start", "on the next day"),
    "weekly_loss": Gate(("profile.weekly_loss_pct", *PERIOD_LOSS), "loss since the week's start", "in the next week"),
    "total_halt": Gate(("profile.total_loss_pct", "profile.loss_base"), "loss of the start balance", "never"),
    "spread_limit": Gate(("execution.max_spread",), "spread of the closed bar", "when it is lower"),
    "position_open": Gate(("execution.max_positions",), "open positions", "when there is room"),
    "no_next_bar": Gate((), "the window's last close", "never"),
    "stops_level": Gate(("broker.stops_level_points",), AT_OPEN, NEXT_BAR),
    "volume_below_minimum": Gate(("profile.risk_pct", "broker.volume_min"), AT_OPEN, NEXT_BAR),
    "stop_cap": Gate(("execution.max_risk_per_trade_pct", "execution.stop_cap"), AT_OPEN, NEXT_BAR),
    "margin": Gate(("broker.margin_mode", "broker.leverage", "broker.margin_rate"), AT_OPEN, NEXT_BAR),
}


def gates_block(config: Config, verdicts: NDArray[np.int16]) -> list[dict[str, Any]]:
    """A row a gate, those that refused nothing too; a decision is counted under the first gate that refused it.

    `verdicts` (window bars,) are the core's codes; JSON-ready.
    """
    by_quantile = config.prediction.rule == "quantile"
    unread = {"prediction.confidence_threshold" if by_quantile else "prediction.confidence_quantile"}
    counts = np.bincount(verdicts.astype(np.int64), minlength=len(VERDICT_NAMES))
    return [
        {
            "gate": name,
            "settings": {key: _value(config, key) for key in GATES[name].settings if key not in unread},
            "asked_on": GATES[name].asked_on,
            "opens_again": GATES[name].opens_again,
            "refused": int(count),
        }
        for name, count in zip(VERDICT_NAMES[1:], counts[1:], strict=True)
    ]


def _value(config: Config, key: str) -> Any:
    return reduce(getattr, key.split("."), config)
