"""What the log says of an iteration, JSON-ready."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from novosky.config.fingerprint import fingerprint
from novosky.evaluation.bootstrap import bounds_of
from novosky.evaluation.gate import Verdict
from novosky.evaluation.metrics import TradeFigures
from novosky.market.bars import utc_text
from novosky.optimize.candidate import Candidate
from novosky.optimize.on_gate import OnGate


def entry_of(
    number: int,
    verdict: Verdict,
    incumbent: OnGate | None,
    candidate: Candidate,
    judged: OnGate | None,
    snapshot: str,
    started: float,
    ended: float,
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """`judged` is the candidate on `gate`, None where it was not opened for it (NO CHANGE, or no candidate)."""
    config = candidate.config
    return {
        "loop": config.optimize.name,
        "iteration": number,
        "decision": verdict.decision,
        "reason": verdict.reason,
        "promotable": verdict.promotable,
        "gate": verdict.rule,
        "stamp": verdict.stamp,
        "baseline_score": verdict.old_score,
        "final_score": verdict.score,
        "improvement_pct": verdict.improvement_pct,
        "params": candidate.params,
        "dropped_features": list(candidate.dropped),
        "baseline": None if incumbent is None else judged_block(incumbent),
        "candidate": None if judged is None else judged_block(judged),
        "versus_old": None if verdict.versus_old is None else verdict.versus_old._asdict(),
        "versus_flat": None if verdict.versus_flat is None else verdict.versus_flat._asdict(),
        "share": None if verdict.share is None else verdict.share._asdict(),
        "studies": {name: _study(one) for name, one in candidate.tuned.items()},
        "times": {
            "started": utc_text(int(started * 1000)),
            "ended": utc_text(int(ended * 1000)),
            "seconds": dict(seconds) | candidate.seconds,
        },
        "fingerprints": {
            "config": fingerprint(config).whole,
            "data": candidate.prepared.market.snapshot.bars_hash,
            "incumbent": None if incumbent is None else incumbent.result.name,
            "candidate": None if candidate.failure else candidate.made.name,
        },
        "data_snapshot": candidate.prepared.market.snapshot.name,
        "snapshot": snapshot,
    }


def judged_block(judged: OnGate) -> dict[str, Any]:
    """A set on `gate`, with its intervals."""
    figures: TradeFigures = judged.evaluation.judged.figures
    return {
        "score": judged.result.score,
        "trades": figures.trades,
        "expectancy_r": figures.expectancy_r,
        "expectancy_r_interval": bounds_of(figures.expectancy_r_interval),
        "max_drawdown_pct": 100.0 * judged.evaluation.judged.max_drawdown,
        "daily_r": float(judged.result.daily_r.mean()),
        "days": len(judged.result.daily_r),
    }


def _study(tuned: Any) -> dict[str, Any]:
    return {
        "name": tuned.identity.name,
        "objective": tuned.objectives[0],
        "value": tuned.value,
        "baseline_value": tuned.baseline_value,
        "trials": len(tuned.trials),
        "seconds": round(tuned.seconds, 1),
    }
