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
from novosky.evaluation.looks import read_ledger
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
    return _on_gate(own, prepared, bundle, evaluation, look.name)


def judged_before(config: Config, prepared: Prepared, bundle: Bundle) -> bool:
    """Whether the ledger knows this very set on these very bars: to compute its figures again is no look."""
    look = look_at(replace(config, window=WINDOW), prepared, prepared.windows[WINDOW], bundle.name)
    known = read_ledger(Path(config.paths.looks), look.underlying, look.from_ms, look.to_ms).looks
    return any((one.name, one.from_ms, one.to_ms) == (look.name, look.from_ms, look.to_ms) for one in known)


def judge_again(config: Config, prepared: Prepared, bundle: Bundle) -> OnGate:
    """The figures of a set that was judged before; nothing is recorded."""
    own = replace(config, window=WINDOW)
    evaluation = evaluate(own, prepared, bundle)
    return _on_gate(own, prepared, bundle, evaluation, name_of(own, prepared, bundle))


def _on_gate(own: Config, prepared: Prepared, bundle: Bundle, evaluation: Evaluation, name: str) -> OnGate:
    judged = evaluation.judged
    trades = judged.simulation.trades
    mean = 1.0 if bundle.risk is None else bundle.risk.mean_multiplier
    weights = np.ascontiguousarray(trades["risk_multiplier"]) / mean
    days = daily_r(trades, prepared.bars.time_ms, weights, judged.window)
    return OnGate(own, bundle, evaluation, Result(name, judged.reference.value, len(trades), days))


def share_of(config: Config, prepared: Prepared, bundle: Bundle, against: str | None) -> Share:
    """What the significance budget of the gate's bars leaves for comparing this set with `against` (None: flat)."""
    look = look_at(config, prepared, prepared.windows[WINDOW], bundle.name)
    ledger = Path(config.paths.looks)
    return next_share(ledger, look.underlying, look.from_ms, look.to_ms, look.name, against, config.gate)


def compared_with(incumbent: OnGate | None) -> str:
    """What the ledger says that a candidate is compared with."""
    return FLAT if incumbent is None else incumbent.result.name
