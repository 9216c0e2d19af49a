"""What the model knew, and what that has to do with what was earned, in a trader's words."""

from __future__ import annotations

from novosky.backtest.knowledge import VoterOnWindow
from novosky.evaluation.bootstrap import Interval
from novosky.evaluation.loss_skill import Skill


def knowledge_clause(vote: VoterOnWindow | None, earned: Interval | None) -> str:
    """One sentence about the vote, beginning with a blank; empty where nothing is known of it.

    `earned` is the interval of the expectancy in R: above 0, below 0 or around it.
    """
    if vote is None or earned is None or vote.log_loss.interval is None:
        return ""
    profit, loss = earned.low > 0.0, earned.high < 0.0
    if vote.direction is not None and _above_zero(vote.direction):
        ends = "and trading on it paid" if profit else _too_little(loss)
        sides = _log_loss(vote.direction, "BUY against SELL: ")
        return f" The model knows something about direction ({sides}), {ends}."
    if _above_zero(vote.log_loss):
        knows = f"The model knows something about how much will happen ({_log_loss(vote.log_loss)})"
        ends = "what was earned is luck or the brackets, not a forecast of direction" if profit else "that pays nothing"
        return f" {knows}, but is not shown to know which way: {ends}."
    worse = vote.log_loss.interval.high < 0.0
    knows = "knows less than the base rate" if worse else "is not shown to know more than the base rate"
    ends = ": what was earned is luck or the brackets, not the forecast" if profit else ""
    return f" The model {knows} ({_log_loss(vote.log_loss)}){ends}."


def _too_little(loss: bool) -> str:
    return "not enough to pay the costs" if loss else "not enough to show a profit"


def _above_zero(skill: Skill) -> bool:
    return skill.interval is not None and skill.interval.low > 0.0


def _log_loss(skill: Skill, of: str = "") -> str:
    """How the log-loss compares with the base rate's."""
    assert skill.interval is not None
    low, high = skill.interval
    word = "better" if skill.skill >= 0.0 else "worse"
    return (
        f"{of}log-loss {abs(skill.skill):.4f} {word} than the base rate, interval of the gain {low:+.4f} to {high:+.4f}"
    )
