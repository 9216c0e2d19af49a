"""`confidence_buckets` of result.json: what trades brought by the confidence that they were decided with."""

from __future__ import annotations

from typing import Any

import numpy as np

from novosky.backtest.judge import Judged
from novosky.config.schema import Config
from novosky.evaluation.bootstrap import Interval, bounds_of
from novosky.evaluation.confidence import LEAST_TRADES, Promises, buckets, promises, top_minus_bottom
from novosky.execution.records import Floats
from novosky.models.classes import BUY, SELL


def confidence_block(config: Config, judged: Judged, vote: Floats | None) -> dict[str, Any]:
    """Trades of the window by confidence, JSON-ready; additions, which
    have the confidence of what they were added to, are left out.

    `vote` (bars of the window, 3): mean probabilities of the voters that vote; None where they are not known.
    """
    all_trades = judged.simulation.trades
    trades = all_trades[all_trades["is_add"] == 0]
    confidence, net, r = (np.ascontiguousarray(trades[name]) for name in ("confidence", "net", "r"))
    settings = (config.score.bootstrap_samples, config.score.interval, config.seed)
    rows = buckets(confidence, net, r, _promises(judged, trades, vote), *settings)
    difference, bounds = top_minus_bottom(confidence, r, *settings)
    return {
        "rows": [row._asdict() | {"mean_r_interval": bounds_of(row.mean_r_interval)} for row in rows],
        "additions_left_out": len(all_trades) - len(trades),
        "top_minus_bottom_r": difference,
        "top_minus_bottom_r_interval": bounds_of(bounds),
        "summary": confidence_sentence(len(trades), len(rows), difference, bounds, config.score.interval),
    }


def _promises(judged: Judged, trades: Any, vote: Floats | None) -> Promises:
    """What the probabilities at the decision promise with the bracket that was decided there."""
    if vote is None:
        return Promises(*np.full((3, len(trades)), np.nan))
    at = trades["decision_bar"]
    p = vote[at - judged.window.start]
    buys = trades["side"] > 0
    own, opposite = np.where(buys, p[:, BUY], p[:, SELL]), np.where(buys, p[:, SELL], p[:, BUY])
    return promises(own, opposite, judged.intents.tp_atr[at] / judged.intents.sl_atr[at])


def confidence_sentence(
    trades: int, rows: int, difference: float | None, bounds: Interval | None, coverage: float
) -> str:
    """Does more confidence bring more R? One sentence."""
    if rows == 0:
        return f"Too few trades to ask whether more confidence brings more R: {trades}, fewer than {LEAST_TRADES}."
    if difference is None or bounds is None:
        return "Whether more confidence brings more R cannot be said: too few trades differ in it."
    found = f"{difference:+.3f} R a trade, {coverage:.0%} interval {bounds.low:+.3f} to {bounds.high:+.3f} R"
    if bounds.low > 0.0:
        return f"More confidence brought more R: the surest bucket against the least sure {found}."
    if bounds.high < 0.0:
        return f"More confidence brought less R: the surest bucket against the least sure {found}."
    return f"More confidence is not shown to bring more R: the surest bucket against the least sure {found}."
