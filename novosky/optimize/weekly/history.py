"""`PERF_HISTORY.md`, a row a week, and `strategy_params.json`, what the standing set trades with; both for git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novosky.backtest.looking import look_at
from novosky.config.fingerprint import fingerprint
from novosky.disk import files
from novosky.disk.text import as_json
from novosky.evaluation.looks import count_looks
from novosky.evaluation.windows import describe
from novosky.optimize.on_gate import WINDOW

if TYPE_CHECKING:
    from novosky.optimize.weekly.week import Week

SCHEMA_VERSION = 1
MISSING = "-"
COLUMNS = (
    "week", "decision", "gate", "score", "was", "R a trade", "interval", "trades", "p old", "p flat", "p asked",
    "try", "looks at gate", "swept", "revision", "why",
)  # fmt: skip
HEAD = (
    "# Performance history\n\n"
    "A row a week, written by mode=weekly. Scores and R are the candidate's on the window `gate`; `p asked` is what "
    "the significance budget left this try, `looks at gate` counts every set that was judged on those bars by this "
    "checkout. A week that keeps nothing is a good result: nothing was shown to be better.\n\n"
    f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}\n"
)


def write(week: Week) -> str:
    """Both files; doing it again for the same week changes nothing."""
    history, params = Path(week.typed.weekly.history), Path(week.typed.weekly.params)
    for path in (history, params):
        _keep(week, path)
    week.diary.write()
    _replace(history, history_with(history, row_of(week), week.diary.week))
    week.midst()
    if week.standing is None:
        return f"{history.name}"
    _replace(params, as_json(params_of(week)))
    return f"{history.name}, {params.name}"


def put_back(week: Week) -> str:
    """Both files as they were before the week."""
    found = week.facts.get("history_before")
    for name, content in (found or {}).items():
        path = Path(name)
        files.unlink(_following(path))
        if content is None:
            files.unlink(path)
        else:
            _replace(path, content.encode())
    return "the history is as it was" if found else ""


def history_with(path: Path, row: tuple[str, ...], week: str) -> bytes:
    """The history's bytes with this week's row at its end, in the place of an earlier one of the same week."""
    text = path.read_text(encoding="utf-8") if path.exists() else HEAD
    lines = [line for line in text.splitlines() if not line.startswith(f"| {week} |")]
    return ("\n".join([*lines, f"| {' | '.join(_cell(one) for one in row)} |"]) + "\n").encode()


def row_of(week: Week) -> tuple[str, ...]:
    """What the week found, a cell a column."""
    entry = week.entry or {}
    judged: Mapping[str, Any] = entry.get("candidate") or {}
    share = entry.get("share") or week.facts.get("share") or {}
    swept, promotion = week.facts.get("sweep"), week.facts.get("promotion") or {}
    bounds = judged.get("expectancy_r_interval")
    return (
        week.diary.week,
        str(entry.get("decision", "none")),
        _window(week),
        _number(entry.get("final_score"), ".2f"),
        _number(entry.get("baseline_score"), ".2f"),
        _number(judged.get("expectancy_r"), "+.3f"),
        MISSING if not bounds else f"{bounds[0]:+.3f} .. {bounds[1]:+.3f}",
        str(judged.get("trades", MISSING)),
        _number((entry.get("versus_old") or {}).get("p"), ".2g"),
        _number((entry.get("versus_flat") or {}).get("p"), ".2g"),
        _number(share.get("alpha"), ".1e"),
        str(share.get("number", MISSING)),
        str(_looks(week)),
        MISSING if not swept else f"{swept['settings']} looks, {'taken' if swept['setting'] else 'none taken'}",
        promotion.get("revision") or MISSING,
        str(entry.get("reason") or week.answer or MISSING),
    )


def params_of(week: Week) -> dict[str, Any]:
    """The settings that decide a trade, of the set that stands; no time, so that git shows a change alone."""
    config, bundle = week.config, week.standing
    assert bundle is not None
    promotion = week.facts.get("promotion") or {}
    return {
        "schema_version": SCHEMA_VERSION,
        "symbol": config.data.symbol,
        "timeframe": config.data.timeframe,
        "broker": config.broker.name,
        "models": bundle.name,
        "revision": promotion.get("revision"),
        "profile": asdict(config.profile),
        "prediction": asdict(config.prediction),
        "execution": asdict(config.execution),
        "stages": list(bundle.facts),
        "features": list(config.features.names),
        "data_snapshot": week.prepared.market.snapshot.name,
        "fingerprint": fingerprint(config).whole,
    }


def _window(week: Week) -> str:
    gate = next(one for one in describe(week.prepared.windows, week.prepared.bars.time_ms) if one["name"] == WINDOW)
    return f"{str(gate['from'])[:10]} .. {str(gate['to'])[:10]}"


def _looks(week: Week) -> int:
    look = look_at(week.config, week.prepared, week.prepared.windows[WINDOW], "")
    return count_looks(Path(week.config.paths.looks), look.underlying, look.from_ms, look.to_ms).distinct


def _keep(week: Week, path: Path) -> None:
    """What a file held before, in the diary."""
    before = week.facts.setdefault("history_before", {})
    before.setdefault(str(path), path.read_text(encoding="utf-8") if path.exists() else None)


def _replace(path: Path, content: bytes) -> None:
    following = _following(path)
    files.make_folder(path.absolute().parent)
    files.write(following, content)
    files.rename(following, path)
    files.force_folder(path.absolute().parent)


def _following(path: Path) -> Path:
    """Where the next content waits."""
    return path.with_name(f".{path.name}.new")


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")


def _number(value: float | None, form: str) -> str:
    return MISSING if value is None else format(value, form)
