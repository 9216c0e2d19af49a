"""The phases before anything is searched: preflight, bars, budget, what stands."""

from __future__ import annotations

from pathlib import Path

from novosky.backtest.prepare import prepare
from novosky.config.schema import Config
from novosky.errors import WindowError
from novosky.evaluation.windows import check_unseen
from novosky.market.bars import utc_text
from novosky.market.snapshot import open_market
from novosky.optimize.on_gate import WINDOW
from novosky.optimize.weekly.ports import FAIL, WARN
from novosky.optimize.weekly.preflight import examine
from novosky.optimize.weekly.refresh import age_days, at_hand, can_be_newer, newest
from novosky.optimize.weekly.room import room_of, room_words
from novosky.optimize.weekly.step import Said
from novosky.optimize.weekly.week import Week


def preflight(week: Week) -> Said:
    """Exit 1 where a check fails: nothing was begun."""
    for check in examine(week):
        week.checks.append(check)
        week.midst()
    week.facts["checks"] = [check._asdict() for check in week.checks]
    failed = [check for check in week.checks if check.verdict == FAIL]
    warned = [check.name for check in week.checks if check.verdict == WARN]
    if failed:
        words = "; ".join(f"{check.name}: {check.found} ({check.mend})" for check in failed)
        return Said(f"not ready: {words}", is_no=True, stops=True)
    return Said(f"{len(week.checks)} checks" + (f", to look at: {', '.join(warned)}" if warned else ""))


def refresh(week: Week) -> Said:
    """A newer snapshot where there can be one; the windows move with it."""
    typed, said = week.typed, can_be_newer(week.typed)
    if "refresh" in typed.weekly.skip:
        said = "as asked: the bars that are here"
        config = at_hand(typed) or typed
    else:
        config = newest(typed, week.facts.get("until"))
        with week.progress("bars") as report:
            open_market(config.data, config.news, Path(config.paths.data), report, week.ports.ask(config, report))
        week.midst()
    known = week.prepared.market.snapshot.name if week.has_market else None
    prepared = prepare(config)
    week.use(config, prepared)
    snapshot, last = prepared.market.snapshot, utc_text(int(prepared.bars.time_ms[-1]))
    week.facts.update({"until": config.data.until, "snapshot": snapshot.name, "bars": len(prepared.bars), "last": last})
    found = f"{len(prepared.bars):,} bars to {last}"
    said = said or ("no other than before" if known == snapshot.name else "newer than before")
    words = f"{found}; {said}"
    age, limit = age_days(config, prepared), typed.weekly.data_age_days
    if age is not None and limit is not None and age > limit:
        old = f"the newest bar is {age:.1f} days old, more than weekly.data_age_days={limit:g}"
        return Said(f"{words}; {old}", is_no=True, stops=True)
    return Said(words)


def budget(week: Week) -> Said:
    """Is there room to prove anything on the gate's bars, and may what stands be judged there?"""
    config, prepared, bundle = week.config, week.prepared, week.standing
    week.facts.update({"before": week.hashes(), "number": week.loop.next_number()})
    share = room_of(config, prepared, bundle)
    words = room_words(config, prepared, share)
    week.facts["share"] = None if share is None else share._asdict()
    if share is not None and share.spent:
        return Said(f"{words}; nothing is searched in vain: wait for fresh bars", is_no=True, stops=True)
    if bundle is None:
        return Said(words)
    window, bars = prepared.windows[WINDOW], prepared.bars
    purge_ms = config.windows.purge_bars * bars.timeframe_ms
    try:
        check_unseen(window, int(bars.time_ms[window.start]), bundle.train_ends_ms, purge_ms)
    except WindowError as error:
        return Said(f"the set that stands has seen the gate, no honest baseline: {error}", is_no=True, stops=True)
    return Said(words + _chosen_words(config, int(bars.time_ms[window.start])))


def _chosen_words(config: Config, gate_ms: int) -> str:
    until = config.windows.chosen_until
    if until is None or str(until) < utc_text(gate_ms)[:10]:
        return ""
    return f"; the set that stands was chosen by bars up to {until}, some of them in this gate: its score flatters it"


def analyze(week: Week) -> Said:
    """SHAP of what stands."""
    bundle = week.standing
    assert bundle is not None
    found = week.loop.analyze(bundle)
    if found is None:
        return Said("the bars that the set learned from are gone: nothing is analyzed or dropped", is_skipped=True)
    week.facts["dropped"] = week.loop.dropped(found)
    week.facts["features"] = {
        stage: {name: row["share"] for name, row in block["features"].items()}
        for stage, block in found["stages"].items()
    }
    dropped = week.facts["dropped"]
    return Said(f"the candidate goes without {', '.join(dropped)}" if dropped else "no feature is dropped")


def baseline(week: Week) -> Said:
    """What stands, on `gate`."""
    judged = week.incumbent()
    assert judged is not None
    figures = judged.evaluation.judged.figures
    return Said(f"reference score {judged.result.score:.2f}, {figures.trades} trades on gate")
