"""The gate: is the new set kept? Two rules over two results on the same bars; arrays in, a verdict out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from novosky.config.schema.trading import GateConfig
from novosky.evaluation.budget import Share
from novosky.evaluation.paired import Paired, paired
from novosky.execution.records import Floats

COMMIT, REVERT, NO_CHANGE = "COMMIT", "REVERT", "NO CHANGE"
TESTED, NOT_TESTED = "tested for luck", "not tested for luck"


@dataclass(frozen=True, slots=True)
class Result:
    """What the gate sees of a set judged on the gate window."""

    name: str  # configuration and models, as `Look.name` writes them
    score: float  # reference score
    trades: int
    daily_r: Floats  # (n_days,), weighted, after costs


@dataclass(frozen=True, slots=True)
class Verdict:
    """The decision and every figure behind it; None where a figure was not asked for."""

    decision: str  # COMMIT, REVERT or NO CHANGE
    promotable: bool  # kept, and shown to be better than flat
    reason: str
    stamp: str
    rule: str  # gate.kind
    score: float | None  # None: there was nothing to judge
    old_score: float | None
    improvement_pct: float | None
    improvement_threshold: float
    trades: int
    min_trades: int
    versus_old: Paired | None = None
    versus_flat: Paired | None = None
    share: Share | None = None


def gate(new: Result, old: Result | None, share: Share | None, rules: GateConfig, seed: int) -> Verdict:
    """Keep `new` in the place of `old`? None where there is no set yet: then `new` becomes the working set.

    `share` is what the significance budget allows this try (`budget.next_share`); None is for gate=score, or for an
    identical set, which is no try. Ask `identical` before the window is judged: then it costs no look either.
    """
    if old is not None and identical(new.name, old.name):
        return _verdict(NO_CHANGE, False, "the new set is the old one, by configuration and models", new, old, rules)
    if rules.kind == "score":
        return _by_score(new, old, rules)
    if share is None:
        raise ValueError("gate=robust: expected the try's share of the significance budget, found None")
    return _robust(new, old, share, rules, seed)


def not_made(why: str, old: Result | None, rules: GateConfig) -> Verdict:
    """The verdict on a candidate that could not be made: what stands stands."""
    return _verdict(REVERT, False, f"no candidate could be made: {why}", None, old, rules)


def identical(new_name: str, old_name: str) -> bool:
    """The same configuration with the same models: nothing to judge."""
    return new_name == old_name


def _by_score(new: Result, old: Result | None, rules: GateConfig) -> Verdict:
    """The original's rule alone."""
    if old is None:
        return _verdict(COMMIT, False, "there was no set before", new, old, rules)
    failure = _score_failure(new, old, rules)
    if failure is not None:
        return _verdict(REVERT, False, failure, new, old, rules)
    return _verdict(COMMIT, False, f"the score rose from {old.score:.3f} to {new.score:.3f}", new, old, rules)


def _robust(new: Result, old: Result | None, share: Share, rules: GateConfig, seed: int) -> Verdict:
    """Score, paired test against the old set and test against flat, each at the share; and enough trades."""
    at = max(share.alpha, rules.alpha_floor)
    flat = paired(new.daily_r, np.zeros(len(new.daily_r)), seed, at)
    against = None if old is None else paired(new.daily_r, old.daily_r, seed, at)
    failures = []
    if share.spent:
        failures.append(_spent(share, rules))
    if new.trades < rules.min_trades:
        failures.append(f"{new.trades} trades, fewer than {rules.min_trades}")
    if flat.p > share.alpha:
        failures.append(_not_shown("flat", flat, share))
    worth = not failures
    if old is not None and against is not None:
        failure = _score_failure(new, old, rules)
        failures += [] if failure is None else [failure]
        if against.p > share.alpha:
            failures.append(_not_shown("the old set", against, share))
    if old is None:
        decision = COMMIT
        reason = "there was no set before; better than flat" if worth else "there was no set before; not promotable: "
    else:
        decision = REVERT if failures else COMMIT
        reason = "" if failures else f"the score rose from {old.score:.3f} to {new.score:.3f}, beyond luck"
    return _verdict(
        decision, decision == COMMIT and worth, reason + "; ".join(failures), new, old, rules, against, flat, share
    )


def _score_failure(new: Result, old: Result, rules: GateConfig) -> str | None:
    """A score of 0 says that there is no score, and betters nothing."""
    wanted = old.score * (1.0 + rules.improvement_threshold)
    if new.score >= wanted and new.score > 0.0:
        return None
    return f"score {new.score:.3f}, and {wanted:.3f} was asked for (old {old.score:.3f})"


def _not_shown(other: str, found: Paired, share: Share) -> str:
    return (
        f"not shown to be better than {other}: {found.mean_difference_r:+.3f} R a day, z {found.z:.2f}, "
        f"p {found.p:.2g}, and at most {share.alpha:.2g} was asked for at try {share.number}"
    )


def _spent(share: Share, rules: GateConfig) -> str:
    return (
        f"the significance budget of these bars is spent: try {share.number} may use {share.alpha:.2g}, less than "
        f"{rules.alpha_floor:.2g} (mend: wait for fresh bars)"
    )


def _improvement_pct(new: Result | None, old: Result | None) -> float | None:
    if new is None or old is None or old.score == 0.0:
        return None
    return 100.0 * (new.score / old.score - 1.0)


def _verdict(
    decision: str,
    promotable: bool,
    reason: str,
    new: Result | None,
    old: Result | None,
    rules: GateConfig,
    versus_old: Paired | None = None,
    versus_flat: Paired | None = None,
    share: Share | None = None,
) -> Verdict:
    return Verdict(
        decision=decision,
        promotable=promotable,
        reason=reason,
        stamp=TESTED if versus_flat is not None else NOT_TESTED,
        rule=rules.kind,
        score=None if new is None else new.score,
        old_score=None if old is None else old.score,
        improvement_pct=_improvement_pct(new, old),
        improvement_threshold=rules.improvement_threshold,
        trades=0 if new is None else new.trades,
        min_trades=rules.min_trades,
        versus_old=versus_old,
        versus_flat=versus_flat,
        share=share,
    )
