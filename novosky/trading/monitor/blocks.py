"""A report as it stands in `result.json`: stable keys, no NaN, no infinity."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

from novosky.trading.monitor.drift import Drift
from novosky.trading.monitor.report import Report
from novosky.trading.monitor.words import sentence


def report_block(report: Report) -> dict[str, Any]:
    """Everything but the single trades."""
    closed = report.trades.closed
    return {
        "bot": report.bot,
        "closed": len(closed),
        "open_positions": list(report.trades.open_tickets),
        "positions_lost": list(report.trades.lost_tickets),
        "revisions": sorted({trade.revision for trade in closed}),
        "recent": report.recent._asdict(),
        "whole": report.whole._asdict(),
        "drawdown": None if report.fall is None else report.fall._asdict(),
        "whole_drawdown": None if report.whole_fall is None else report.whole_fall._asdict(),
        "day": report.day._asdict(),
        "drift": {drift.name: _drift_block(drift) for drift in report.drifts},
        "parity_events": report.parity,
        "alarms": [alarm._asdict() for alarm in report.alarms],
    }


def _drift_block(drift: Drift) -> dict[str, Any]:
    block = asdict(drift) | {"words": sentence(drift)}
    is_endless = {name: isinstance(value, float) and not math.isfinite(value) for name, value in block.items()}
    return {name: None if is_endless[name] else value for name, value in block.items() if name != "name"}
