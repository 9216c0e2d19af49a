"""The phases of the week, in their order."""

from __future__ import annotations

from collections.abc import Callable

from novosky.config.schema import Config
from novosky.optimize.candidate import Step, steps_of
from novosky.optimize.weekly import git
from novosky.optimize.weekly import history as files
from novosky.optimize.weekly.after_gate import (
    no_longer_trades,
    notice,
    promotion,
    report,
    settle_move,
    smoke,
    write_history,
)
from novosky.optimize.weekly.before_search import analyze, baseline, budget, preflight, refresh
from novosky.optimize.weekly.candidate import apply, evaluate, keep, make, sweep
from novosky.optimize.weekly.step import Phase, Said
from novosky.optimize.weekly.week import Week, phase_of

TAIL = ("report", "notice")  # told whatever happened


def phases_of(config: Config) -> list[Phase]:
    """Every phase, those that are left out too: they say why."""
    return [
        Phase("preflight", preflight, skipped=_asked("preflight")),
        Phase("refresh", refresh),
        Phase("budget", budget),
        Phase("analyze", analyze, skipped=_no_set_or_asked),
        Phase("baseline", baseline, skipped=lambda week: "" if week.standing else "no set stands yet"),
        *(_step_phase(step) for step in steps_of(config, is_searched=True)),
        Phase("sweep", sweep, skipped=_asked("sweep")),
        Phase("apply", apply),
        Phase("evaluate", evaluate),
        Phase("keep", keep),
        Phase("promote", promotion, undo=settle_move, skipped=_nothing_kept),
        Phase("history", write_history, undo=files.put_back, skipped=_asked("history")),
        Phase("commit", git.commit, undo=git.unstage, skipped=_unless(lambda config: config.weekly.commit, "commit")),
        Phase("push", git.push, skipped=_unless(lambda config: config.weekly.push, "push")),
        Phase("smoke", smoke, undo=no_longer_trades, skipped=_asked("smoke")),
        Phase("report", report, always=True, skipped=_asked("report")),
        Phase("notice", notice, always=True, skipped=_asked("notice")),
    ]


def _step_phase(step: Step) -> Phase:
    def work(week: Week) -> Said:
        return make(week, step)

    def skipped(week: Week) -> str:
        if step in week.steps:
            return ""
        return "weekly.retrain=false" if not week.typed.weekly.retrain else "settings are not searched"

    return Phase(phase_of(step), work, skipped=skipped)


def _asked(name: str) -> Callable[[Week], str]:
    return lambda week: "weekly.skip" if name in week.typed.weekly.skip else ""


def _no_set_or_asked(week: Week) -> str:
    return _asked("analyze")(week) or ("" if week.standing else "no set stands yet")


def _nothing_kept(week: Week) -> str:
    return _asked("promote")(week) or ("" if week.is_kept else "nothing was kept")


def _unless(is_asked: Callable[[Config], bool], name: str) -> Callable[[Week], str]:
    return lambda week: "" if is_asked(week.typed) else f"weekly.{name}=false"
