"""`mode=audit audit.ledger=URL`: what the bot traded, replayed through the backtest; each difference explained."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from novosky.backtest.ground import meaning
from novosky.backtest.looking import record_replay
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.errors import UserError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, models_root, promoted
from novosky.modes.blocks import data_block, fingerprints_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, say, show_columns
from novosky.modes.volatile import volatile_block
from novosky.trading.ledger.reading import read_ledger
from novosky.trading.ledger.rows import Entry
from novosky.trading.replay.answer import Answer, block_of, replayed, span_of, with_balance
from novosky.trading.replay.causes import MEANINGS

SHOWN = 30  # causes and trades on the screen; the result holds all


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where a difference has no explanation. A look is recorded: the bars are judged once more."""
    started = time.time()
    bot, entries = _entries(config)
    prepared = prepare(config)
    bundle, names = _models(config, prepared)
    span = span_of(entries, prepared.bars.time_ms)
    record_replay(with_balance(config, span), prepared, span.window, bundle, started)
    answer = replayed(config, prepared, bundle, entries, names)
    block = block_of(answer, prepared.bars.time_ms)
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "audit",
        "bot": bot,
        "summary": _summary(answer),
        **block,
        "meanings": {name: MEANINGS[name] for name in answer.counts()},
        "data": data_block(config, prepared),
        "models": bundle.name,
        "fingerprints": fingerprints_block(config),
        "warnings": _warnings(answer, names),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    _show(result, run_dir)
    return ModeResult(DONE if answer.is_explained else ANSWER_IS_NO)


def _entries(config: Config) -> tuple[str, Sequence[Entry]]:
    """The rows of the bot that is asked for."""
    url, name = str(config.audit.ledger), config.audit.ledger_bot
    found = read_ledger(url)
    if name is None and len(found) == 1:
        name = next(iter(found))
    if name not in found:
        there = ", ".join(found) or "no bot"
        raise UserError(f"audit.ledger_bot: expected one of the bots in the ledger, found {name}; it holds {there}")
    return name, found[name]


def _models(config: Config, prepared: Prepared) -> tuple[Bundle, set[str]]:
    """The set of `models=`, verified, and the names that a bot's intents may give it."""
    root, feature_names = models_root(config), prepared.features.names
    bundle = load_bundle(root, enabled_stages(config.stage), feature_names, feature_hash(feature_names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    names = {bundle.name[:12], root.name}
    if config.models == PROMOTED:
        names.add(promoted(revision_places(config)).tag)
    return bundle, names


def _summary(answer: Answer) -> str:
    differing = len(answer.explained)
    if not answer.causes and not differing:
        return f"No difference: all {len(answer.pairs)} trades and every bot's book are the backtest's."
    text = (
        f"{differing} of {len(answer.pairs)} trades differ, from {len(answer.causes)} first causes "
        f"({', '.join(f'{name} {count}' for name, count in answer.counts().items())})"
    )
    return f"{text}: each is explained." if answer.is_explained else f"{text}: not every difference is explained."


def _warnings(answer: Answer, names: set[str]) -> list[str]:
    others = [revision for revision in answer.span.revisions if revision not in names]
    if not others:
        return []
    return [
        f"the ledger's intents name {', '.join(others)}, models= is {' or '.join(sorted(names))}: give that revision"
    ]


def _show(result: dict[str, Any], run_dir: Path) -> None:
    causes, trades = result["causes"], result["trades_that_differ"]
    if causes:
        rows = [(str(one["number"]), one["bar"], one["cause"], f"{one['money']:.2f}") for one in causes[:SHOWN]]
        show_columns(("first cause", "bar", "name", "cost"), rows)
        for one in causes[:SHOWN]:
            say(f"{one['number']}: {one['text']}")
    if trades:
        show_columns(("trade", "position", "differs in", "because of"), [_row(one) for one in trades[:SHOWN]])
    for what, rest in (("first causes", len(causes) - SHOWN), ("trades", len(trades) - SHOWN)):
        if rest > 0:
            say(f"{rest} more {what} in the result")
    for name, meaning_ in result["meanings"].items():
        say(f"{name}: {meaning_}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    say(
        f"{result['decisions']} decisions, {result['from']} to {result['to']}, {result['decisions_missed']} missed; "
        f"net {result['net_in_ledger']:.2f} in the ledger, {result['net_in_replay']:.2f} in the replay"
    )
    say(result["summary"])
    say(f"result: {near(run_dir / 'result.json')}")


def _row(one: dict[str, Any]) -> tuple[str, str, str, str]:
    because = f"follows from {one['follows_from']}" if one["cause"] is None else str(one["cause"])
    parts = one["differs_in"]
    words = ", ".join(parts[:3]) + (f" +{len(parts) - 3}" if len(parts) > 3 else "")
    return one["entry"], str(one["position"] or ""), words, because if one["follows_from"] else "nothing"
