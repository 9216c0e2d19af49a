"""The phases of the candidate: searched and trained step by step, swept, judged on `gate`, kept or sent back."""

from __future__ import annotations

import time

from novosky.errors import NovoskyError
from novosky.optimize.candidate import TUNE, Step, take
from novosky.optimize.entry import entry_of
from novosky.optimize.weekly.diary import DONE
from novosky.optimize.weekly.step import Said
from novosky.optimize.weekly.swept import apply_setting, sweep_candidate, swept_words
from novosky.optimize.weekly.week import Week


def make(week: Week, step: Step) -> Said:
    _check_unchanged(week)
    _ = week.transaction
    candidate = week.candidate
    take(candidate, step, week.number, week.progress)
    if candidate.failure is not None:
        return Said(f"no candidate can be made: {candidate.failure}")
    if step.what == TUNE:
        tuned = candidate.tuned[step.study]
        was = "none" if tuned.baseline_value is None else f"{tuned.baseline_value:.5g}"
        return Said(f"{len(tuned.trials)} trials, {tuned.objectives[0]} {tuned.value:.5g}, was {was}")
    rows = candidate.made.facts[step.study]["train"]["rows"]
    return Said(f"{rows:,} rows")


def sweep(week: Week) -> Said:
    """Settings that need no training, on the candidate's models and the window `sweep`."""
    _check_unchanged(week)
    candidate = week.candidate
    if candidate.failure is not None:
        return Said("no candidate", is_skipped=True)
    with week.progress("sweep") as report:
        week.facts["sweep"] = sweep_candidate(candidate, week.typed.weekly.sweep_level, report)
    return Said(swept_words(week.facts["sweep"]))


def apply(week: Week) -> Said:
    """The sweep's setting becomes the candidate's, inside the profile's limits."""
    setting = week.facts.get("sweep", {}).get("setting")
    if setting is None:
        return Said("the candidate keeps its settings")
    profile = week.config.profile
    return Said(f"{apply_setting(week.candidate, setting)}, inside profile {profile.number} {profile.name}")


def evaluate(week: Week) -> Said:
    """The candidate on `gate`, against what stands."""
    if week.entry is not None:  # decided before the program was stopped
        return Said(str(week.entry["decision"]))
    _check_unchanged(week)
    _ = week.transaction
    week.verdict, week.judged = week.loop.decide(week.candidate, week.incumbent())
    verdict = week.verdict
    score, old = (("none" if one is None else f"{one:.2f}") for one in (verdict.score, verdict.old_score))
    return Said(f"reference score {score}, was {old}; {verdict.reason}")


def keep(week: Week) -> Said:
    """COMMIT or REVERT, as one transaction."""
    if week.entry is None:
        began = time.time()
        if week.verdict is None:
            evaluate(week)
        verdict, transaction, candidate = week.verdict, week.transaction, week.candidate
        assert verdict is not None
        seconds = {row["name"]: row["seconds"] for row in week.diary.phases if row["state"] == DONE}
        facts = (week.number, verdict, week.incumbent(), candidate, week.judged, transaction.incumbent.folder.name)
        entry = entry_of(*facts, float(week.diary.content["started_s"]), began, seconds)
        entry["week"] = week.diary.week
        week.said += week.loop.keep_or_revert(transaction, candidate, verdict, week.judged, entry)
        week.forget_standing()
    found = week.entry
    assert found is not None
    return Said(f"{found['decision']}: {found['reason']}")


def _check_unchanged(week: Week) -> None:
    """A candidate is made for what stood when the week began."""
    if (now := week.hashes()) != week.facts["before"] and week.entry is None:
        changed = [name for name, digest in now.items() if digest != week.facts["before"][name]]
        raise NovoskyError(
            f"{' and '.join(changed)}: changed since the week began, by something else; what is there stays: begin a "
            "new week (weekly.resume=false)"
        )
