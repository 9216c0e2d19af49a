"""Before anything is searched: disk, tools, models, settings, terminal, bars, budget."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from novosky.backtest.prepare import Prepared, prepare
from novosky.config.schema import Config
from novosky.config.walk import leaves
from novosky.errors import NovoskyError, UserError
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle
from novosky.models.bundle.manifest import FILE
from novosky.optimize.current import kept_values
from novosky.optimize.loop import standing_set
from novosky.optimize.publishing import told_by_command
from novosky.optimize.sync import STRICT, drift
from novosky.optimize.weekly.ports import FAIL, PASS, WARN, Check
from novosky.optimize.weekly.refresh import ASKED, age_days, at_hand, can_be_newer
from novosky.optimize.weekly.room import room_of, room_words
from novosky.optimize.weekly.week import Week
from novosky.search.proposals import grid
from novosky.search.sweep_space import read_space

TRADERS = ("profile", "account", "broker")  # whose settings a trader chooses anew


def examine(week: Week) -> Iterator[Check]:
    """Every check, each as soon as it is there."""
    config = week.typed
    yield _disk(config)
    yield from _tools(config)
    yield from _space(config)
    prepared, bundle = None, None
    try:
        here = at_hand(config)
        prepared = None if here is None else prepare(here)
        if here is not None and prepared is not None:
            week.use(here, prepared)
    except UserError as error:
        yield _refused("bars", error)
    else:
        yield _bars(config, prepared)
    if prepared is not None:
        try:
            bundle = standing_set(week.config, prepared)
        except UserError as error:
            yield _refused("models", error)
        else:
            yield _models(config, bundle)
            yield from _sync(config, bundle)
            yield _budget(week.config, prepared, bundle)
    yield from week.ports.terminal(config)


def _disk(config: Config) -> Check:
    folder = Path(config.weekly.folder).absolute()
    while not folder.exists():
        folder = folder.parent
    free_mb, least = shutil.disk_usage(folder).free / 1e6, config.doctor.disk_free_mb
    mend = "" if free_mb >= least else "free some space, or set doctor.disk_free_mb lower"
    return Check("disk", FAIL if mend else PASS, f"{free_mb:,.0f} MB free", f"{least:,.0f} MB", mend)


def _tools(config: Config) -> Iterator[Check]:
    """Libraries that a later phase needs, and git."""
    skip, retrains = config.weekly.skip, config.weekly.retrain
    needed = dict.fromkeys(("sklearn", "xgboost", "lightgbm"), ("train", retrains))
    needed |= {"shap": ("optimize", "analyze" not in skip), "optuna": ("optimize", _searches(config))}
    needed["plotly"] = ("report", config.report.html and "report" not in skip)
    missing = {name: extra for name, (extra, is_needed) in needed.items() if is_needed and find_spec(name) is None}
    extras = "".join(f" --extra {extra}" for extra in dict.fromkeys(missing.values()))
    mend = f"uv sync{extras}, or skip the phase (weekly.skip, weekly.retrain=false)" if missing else ""
    yield Check("libraries", FAIL if missing else PASS, f"{', '.join(missing) or 'none'} missing", "none missing", mend)
    if config.weekly.commit:
        said = told_by_command(["git", "rev-parse", "--git-dir"])
        yield Check("git", FAIL if said else PASS, f"no repository{said}" if said else "a repository", "a repository",
                    "run in the project's folder, or weekly.commit=false" if said else "")  # fmt: skip


def _searches(config: Config) -> bool:
    is_tuned = config.weekly.retrain and "tune" not in config.weekly.skip and not config.optimize.retrain_only
    return is_tuned or ("sweep" not in config.weekly.skip and config.sweep.method == "tpe")


def _space(config: Config) -> Iterator[Check]:
    if "sweep" in config.weekly.skip:
        return
    try:
        space = read_space(config)
        if config.sweep.method == "grid":
            grid(space, config.sweep)
    except UserError as error:
        yield _refused("sweep space", error)
    else:
        yield Check("sweep space", PASS, f"{len(space)} settings inside profile {config.profile.name}")


def _bars(config: Config, prepared: Prepared | None) -> Check:
    """What is here; how old it may be is asked once the week has its own."""
    frozen = can_be_newer(config)
    if prepared is None:
        return Check("bars", PASS, "none here yet: the week fetches them")
    last = utc_text(int(prepared.bars.time_ms[-1]))
    age = age_days(config, prepared)
    old = "" if age is None else f", {age:.1f} days old"
    found = f"{len(prepared.bars):,} bars to {last}{old}" + (f"; {frozen}" if frozen else "")
    limit = config.weekly.data_age_days
    if age is not None and limit is not None and age > limit:
        mend = "bring newer bars (data.path, data.snapshot=null), or weekly.data_age_days=null"
        return Check("bars", FAIL if frozen else WARN, found, f"at most {limit:g} days old", mend)
    return Check("bars", PASS, found)


def _models(config: Config, bundle: Bundle | None) -> Check:
    if bundle is None:
        has_any = (Path(config.paths.train) / "signal" / FILE).exists()
        if not config.weekly.retrain:
            mend = "run.py mode=train, or weekly.retrain=true"
            return Check("models", FAIL, f"none in {config.paths.train}", "a set to sweep", mend)
        return Check("models", PASS if not has_any else WARN, "none yet: the first set is made")
    ends = utc_text(max(bundle.train_ends_ms.values()))
    return Check("models", PASS, f"set {bundle.name[:12]}, {', '.join(bundle.facts)}, trained to {ends}")


def _sync(config: Config, bundle: Bundle | None) -> Iterator[Check]:
    """The running configuration beside what the set was made with and what the last COMMIT wrote."""
    if bundle is None:
        return
    values = {name: value for name, _, value in leaves(config)}
    kept = kept_values(Path(config.optimize.current))
    keys = [name for name, then in kept.items() if name in values and values[name] != then]
    keys = [name for name in keys if not name.startswith(("data.", "windows.chosen_until"))]
    chosen = [name for name in keys if name.split(".")[0] in TRADERS]
    others = [name for name in keys if name not in chosen]
    parts = [part for part in drift(config, bundle.facts) if part != "data" or config.data.source not in ASKED]
    if not parts and not keys:
        yield Check("config sync", PASS, "as the set was made and kept")
        return
    shown = ", ".join([*parts, *(f"{name} ({values[name]}, kept {kept[name]})" for name in [*others, *chosen])])
    is_wrong = bool(parts or others) and (not config.weekly.allow_drift or os.environ.get(STRICT) == "1")
    mend = "add experiment=current, train again (mode=train), or weekly.allow_drift=true" if parts or others else ""
    yield Check(
        "config sync", FAIL if is_wrong else WARN, f"other settings: {shown}", "those of the standing set", mend
    )


def _budget(config: Config, prepared: Prepared, bundle: Bundle | None) -> Check:
    share = room_of(config, prepared, bundle)
    said = room_words(config, prepared, share)
    if share is None or not share.spent:
        return Check("significance budget", PASS, said)
    frozen = can_be_newer(config)
    mend = "wait for fresh bars" if frozen else "fresh bars bring fresh room: decided once they are here"
    return Check("significance budget", FAIL if frozen else WARN, said, f"{config.gate.alpha_floor:.0e}", mend)


def _refused(name: str, error: NovoskyError) -> Check:
    said = " ".join(str(error).split())
    found, _, mend = said.rpartition("; ")
    return Check(name, FAIL, found or said, "", mend if found else "see there")
