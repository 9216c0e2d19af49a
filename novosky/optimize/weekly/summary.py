"""The week in words: for the screen, the page and the notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from novosky.optimize.log import COMMIT, NO_CHANGE

if TYPE_CHECKING:
    from novosky.optimize.weekly.week import Week

INFO, WARNING, ALARM = "info", "warning", "alarm"


def exit_code(week: Week) -> int:
    """0 done, 1 the answer is no, 3 a phase failed."""
    return 3 if week.failed else 1 if week.answer else 0


def summary(week: Week) -> str:
    """The answer first."""
    if week.failed:
        return f"Failed in {week.failed}: {week.failure}. {_state(week)} The next start goes on there."
    entry = week.entry
    if entry is None:
        return f"Stopped before the search: {week.answer}. {_state(week)}"
    if entry["decision"] == COMMIT:
        revision = (week.facts.get("promotion") or {}).get("revision")
        if revision:
            return f"Kept and promoted as {revision}: {entry['reason']}."
        against = (week.facts.get("promotion") or {}).get("against", [])
        names = ", ".join(one.split(":")[0] for one in against)
        return f"Kept, but not promoted{f' ({names})' if names else ''}: {entry['reason']}."
    if entry["decision"] == NO_CHANGE:
        return "Nothing was found worth judging but what stands: it stands, and gate was not opened for another."
    return f"Nothing was kept, what stands stands: {entry['reason']}. That is a good week: nothing was kept by luck."


def _state(week: Week) -> str:
    if week.is_kept:
        return "The kept set stands."
    return "What stood stands."


def level_of(week: Week) -> str:
    """How loud the notice is."""
    return ALARM if week.failed else WARNING if week.answer else INFO


def notice_text(week: Week) -> str:
    """A few lines for a phone."""
    lines = [f"Weekly run {week.diary.week}, {week.config.data.symbol} {week.config.data.timeframe}", summary(week)]
    entry = week.entry
    if entry is not None and entry["candidate"] is not None:
        judged, old = entry["candidate"], entry["baseline_score"]
        was = "none" if old is None else f"{old:.2f}"
        lines.append(f"On gate: score {judged['score']:.2f} (was {was}), {judged['trades']} trades")
    if week.facts.get("sweep"):
        lines.append(f"Sweep: {week.facts['sweep']['settings']} looks")
    return "\n".join(lines)
