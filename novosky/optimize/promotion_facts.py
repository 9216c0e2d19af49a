"""What the record says of a promoted set, JSON-ready; the model card is the same in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from novosky.backtest.code_version import code_block
from novosky.backtest.knowledge import VOTE
from novosky.backtest.prepare import Prepared, underlying
from novosky.backtest.result import skill_sentence
from novosky.config.fingerprint import SAME_RESULT, fingerprint
from novosky.config.schema import Config
from novosky.evaluation.looks import count_looks
from novosky.evaluation.windows import describe
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages
from novosky.optimize.entry import judged_block
from novosky.optimize.promotion import Decision

CARD, TRADES, SETTINGS, CURRENT = "card.md", "judged_trades.csv", "settings.json", "current.yaml"
_MACHINE = {"data": ("path", "finer_path"), "news": ("path",)}  # where files lie on the machine that trained


def record_facts(config: Config, prepared: Prepared, bundle: Bundle, decision: Decision, at_ms: int) -> dict[str, Any]:
    """Everything but the files; `at_ms` is now, UTC epoch ms."""
    found = fingerprint(config)
    judged = decision.judged
    assert judged is not None, "nothing is promoted that was not judged"
    evaluation = judged.evaluation
    sentence = skill_sentence(evaluation.judged.figures, config.score.interval, evaluation.voters.get(VOTE))
    return {
        "made": utc_text(at_ms),
        "symbol": prepared.bars.symbol,
        "timeframe": config.data.timeframe,
        "broker": config.broker.name,
        "profile": {"number": config.profile.number, "name": config.profile.name},
        "models": bundle.name,
        "manifests": dict(bundle.hashes),
        "stages": list(enabled_stages(config.stage)),
        "features": list(prepared.features.names),
        "train_ends": {name: facts["train"]["end_time"] for name, facts in bundle.facts.items()},
        "no_skill_found": {name: bool(facts["no_skill_found"]) for name, facts in bundle.facts.items()},
        "loop": _loop(decision.entry),
        "promotable": decision.promotable,
        "why": decision.why,
        "passed_over": [reason._asdict() for reason in decision.passed_over],
        "gate": {**judged_block(judged), "opened_by_promote": decision.opened_gate},
        "skill": sentence,
        "audit": decision.audit,
        "looks": looks_block(config, prepared),
        "windows": [dict(window) for window in describe(prepared.windows, prepared.bars.time_ms)],
        "data": {
            "snapshot": prepared.market.snapshot.name,
            "bars_hash": prepared.market.snapshot.bars_hash,
            "calendar_hash": prepared.market.snapshot.calendar_hash,
            "source": config.data.source,
            "bars": len(prepared.bars),
        },
        "fingerprints": {**found.parts, "whole": found.whole},
        "libraries": {name: dict(facts["libraries"]) for name, facts in bundle.facts.items()},
        "code": code_block(),
    }


def settings_of(config: Config) -> dict[str, Any]:
    """Every setting that decides a result, without the places of files on this machine."""
    tree = {name: part for name, part in asdict(config).items() if name not in SAME_RESULT}
    for part, names in _MACHINE.items():
        for name in names:
            tree[part].pop(name)
    return tree


def looks_block(config: Config, prepared: Prepared) -> dict[str, dict[str, int]]:
    """How many configurations were judged on each window that decides or proves, by this checkout's ledger."""
    found, time_ms = {}, prepared.bars.time_ms
    for name in ("sweep", "gate", "holdout"):
        window = prepared.windows[name]
        last_ms = int(time_ms[window.stop - 1]) + prepared.bars.timeframe_ms - 1
        looks = count_looks(Path(config.paths.looks), underlying(config), int(time_ms[window.start]), last_ms)
        found[name] = {"distinct": looks.distinct, "unreadable": looks.unreadable}
    return found


def _loop(entry: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if entry is None:
        return None
    names = ("iteration", "decision", "reason", "promotable", "baseline_score", "final_score", "params")
    return {name: entry[name] for name in names} | {"stamp": entry.get("stamp"), "gate": entry.get("gate")}
