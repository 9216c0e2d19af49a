"""A set on the window `gate`: its name before it is judged, and what the gate sees of it afterwards."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from novosky.backtest.evaluate import Evaluation, evaluate
from novosky.backtest.looking import look_at, record
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.evaluation.budget import FLAT, Share, next_share
from novosky.evaluation.daily import daily_r
from novosky.evaluation.gate import Result
from novosky.models.bundle.bundle import Bundle

WINDOW = "gate"


@dataclass(frozen=True)
class OnGate:
    """A judged set: its settings, its models, its evaluation, and what `gate()` takes."""

    config: Config
    bundle: Bundle
    evaluation: Evaluation
    result: Result


def name_of(config: Config, prepared: Prepared, bundle: Bundle) -> str:
    """Configuration and models, as the looks ledger names them."""
    return look_at(config, prepared, prepared.windows[WINDOW], bundle.name).name


def judge_on_gate(config: Config, prepared: Prepared, bundle: Bundle, against: str | None) -> OnGate:
    """Open `gate` for a set and record the look; `against` is the set that it will be compared with, None for none."""
    own = replace(config, window=WINDOW)
    started = time.time()
    evaluation = evaluate(own, prepared, bundle)
    look = record(own, prepared, bundle, evaluation, started, against or "")
    judged = evaluation.judged
    trades = judged.simulation.trades
    mean = 1.0 if bundle.risk is None else bundle.risk.mean_multiplier
    weights = np.ascontiguousarray(trades["risk_multiplier"]) / mean
    days = daily_r(trades, prepared.bars.time_ms, weights, judged.window)
    return OnGate(own, bundle, evaluation, Result(look.name, judged.reference.value, len(trades), days))


def share_of(config: Config, prepared: Prepared, bundle: Bundle, against: str | None) -> Share:
    """What the significance budget of the gate's bars leaves for comparing this set with `against` (None: flat)."""
    look = look_at(config, prepared, prepared.windows[WINDOW], bundle.name)
    ledger = Path(config.paths.looks)
    return next_share(ledger, look.underlying, look.from_ms, look.to_ms, look.name, against, config.gate)


def compared_with(incumbent: OnGate | None) -> str:
    """What the ledger says that a candidate is compared with."""
    return FLAT if incumbent is None else incumbent.result.name
