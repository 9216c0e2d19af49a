"""The phases after the decision: promote, write down, try the bot, tell."""

from __future__ import annotations

from dataclasses import replace

from novosky.config.schema import Config
from novosky.disk.lock import Lock
from novosky.models.revision.move import settle
from novosky.models.revision.places import WORK
from novosky.models.revision.promoted import read_pointer
from novosky.models.revision.record import read_record
from novosky.optimize.promoting import point_back, promote
from novosky.optimize.sync import drift
from novosky.optimize.weekly import history
from novosky.optimize.weekly.step import Said
from novosky.optimize.weekly.summary import level_of, notice_text
from novosky.optimize.weekly.week import Week


def promotion(week: Week) -> Said:
    """The kept set becomes the revision that trades, where nothing speaks against it."""
    config, bundle = week.config, week.standing
    assert bundle is not None
    with Lock(week.revisions.lock, WORK) as lock:
        if words := settle(week.revisions, lock):
            week.said.append(words)
        pointer = read_pointer(week.revisions)
        week.facts.setdefault("former", None if pointer is None else pointer.tag)
        week.diary.write()
        with week.progress("promote") as report:
            found = promote(_uncommitted(config), week.prepared, bundle, week.places, week.revisions, lock, report)
    against = [] if found.decision is None else [f"{one.name}: {one.words}" for one in found.decision.against]
    week.facts["promotion"] = {
        "revision": None if found.record is None else found.record.tag,
        "against": against,
        "summary": found.summary,
        "done": found.done,
        "left": _left(week, found.left),
    }
    if found.record is None:
        names = ", ".join(one.name for one in found.decision.against) if found.decision else ""
        return Said(f"kept, but not promoted: {names}", is_no=True)
    return Said(found.summary)


def settle_move(week: Week) -> str:
    """A revision that was complete on disk is put in place, else what is left of it goes."""
    with Lock(week.revisions.lock, WORK) as lock:
        return settle(week.revisions, lock)


def _left(week: Week, commands: list[str]) -> list[str]:
    """Commands that no later phase gives."""
    weekly = week.typed.weekly
    given = (["git "] if weekly.commit else []) + (["dvc push"] if weekly.push else [])
    return [command for command in commands if not command.startswith(tuple(given))]


def write_history(week: Week) -> Said:
    """`PERF_HISTORY.md` and the strategy's parameters."""
    return Said(history.write(week))


def smoke(week: Week) -> Said:
    """The bot decides some bars, dry, with what trades now."""
    if week.standing is None:
        return Said("no set stands", is_skipped=True)
    if not week.is_kept and (parts := drift(week.config, week.standing.facts)):
        return Said(f"the set that stands was made with other settings of {', '.join(parts)}", is_skipped=True)
    if tag := (week.facts.get("promotion") or {}).get("taken_back"):
        _trade_again(week, tag)
    return Said(week.ports.smoke(week.config, week.run_dir / "smoke"))


def report(week: Week) -> Said:
    """The page and `result.json`."""
    return Said(week.ports.report(week))


def notice(week: Week) -> Said:
    """Who is told."""
    return Said(week.ports.tell(level_of(week), notice_text(week)))


def _trade_again(week: Week, tag: str) -> None:
    """A start after the failure: the revision is tried once more."""
    with Lock(week.revisions.lock, WORK) as lock:
        point_back(week.revisions, lock, read_record(week.revisions.record(tag)))
    week.facts["promotion"].update({"revision": tag, "taken_back": None})
    week.diary.write()


def no_longer_trades(week: Week) -> str:
    """A revision that was promoted this week and cannot be traded makes room for the one before."""
    tag = week.facts.get("promotion", {}).get("revision")
    pointer = read_pointer(week.revisions)
    if tag is None or pointer is None or pointer.tag != tag or week.facts.get("former") == tag:
        return ""
    former_tag = week.facts.get("former")
    with Lock(week.revisions.lock, WORK) as lock:
        former = None if former_tag is None else read_record(week.revisions.record(former_tag))
        point_back(week.revisions, lock, former)
    week.facts["promotion"].update({"revision": None, "taken_back": tag})
    return f"{tag} trades no longer, {former_tag or 'nothing'} does again; what was committed to git stays"


def _uncommitted(config: Config) -> Config:
    return replace(config, promote=replace(config.promote, commit=False))
