"""The bars that a set learned from, where their snapshot still lies here: bars move on, a set stays what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from novosky.backtest.prepare import Prepared, prepare
from novosky.config.schema import Config
from novosky.config.schema.market import FILE_SOURCES, DataConfig
from novosky.market.snapshot_files import META_FILE
from novosky.models.bundle.bundle import Bundle

_INSTANTS = ("since", "until")


def learned_from(config: Config, prepared: Prepared, bundle: Bundle) -> tuple[Config, Prepared] | None:
    """Configuration and bars of the set's training: those given where they are the same, None where they are gone."""
    wanted = {(facts["data"]["snapshot"], facts["data"]["calendar"]) for facts in bundle.facts.values()}
    snapshot = prepared.market.snapshot
    if wanted == {(snapshot.bars_hash, snapshot.calendar_hash)}:
        return config, prepared
    for file in sorted(Path(config.paths.data).glob(f"*/{META_FILE}")):
        meta = json.loads(file.read_bytes())
        calendar = None if meta["calendar"] is None else meta["calendar"]["content_hash"]
        if wanted == {(meta["bars"]["content_hash"], calendar)}:
            own = _reading(config, file.parent.name, meta["settings"])
            return own, prepare(own)
    return None


def _reading(config: Config, name: str, settings: Mapping[str, Any]) -> Config:
    """The configuration that opens this snapshot."""
    known = {field.name for field in fields(DataConfig)} & settings.keys()
    values: dict[str, Any] = {key: _value(key, settings[key]) for key in known} | {"snapshot": name}
    if settings["source"] in FILE_SOURCES:
        values["path"] = None
    data = replace(config.data, **values)
    return replace(config, data=data, news=replace(config.news, source=settings["news"]))


def _value(key: str, value: Any) -> Any:
    """As it is typed."""
    if key in _INSTANTS and value is not None:
        return datetime.strptime(value, "%Y-%m-%d %H:%M UTC").isoformat()
    return value
