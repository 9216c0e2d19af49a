"""`mode=sync`: where the running configuration differs from that of a model set, another checkout or a git revision."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from novosky.backtest.causes import differing_keys, part_of
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.elsewhere import GIT, compose_elsewhere, conf_of
from novosky.config.fingerprint import differing_parts, fingerprint
from novosky.config.registry import CONF
from novosky.config.schema import Config
from novosky.models.revision.promoted import models_root
from novosky.modes.blocks import fingerprints_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, say, show_columns
from novosky.modes.volatile import volatile_block
from novosky.optimize.sync import drift, facts_in, known_keys

PATHS = ("data.path", "data.finer_path", "news.path")  # where files lie here; their content has its own hash
Differences = dict[str, list[tuple[str, Any, Any]]]


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where something differs."""
    started = time.time()
    against = config.sync.against
    is_tree = against.startswith(GIT) or (Path(against) / "conf" / "config.yaml").is_file()
    found = _from_tree(config, against) if is_tree else _from_models(config, against)
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "sync",
        "against": against,
        "summary": _summary(found, against),
        "parts": [*found],
        "configuration": {
            part: [{"key": key, "here": here, "there": there} for key, here, there in keys]
            for part, keys in found.items()
        },
        "fingerprints": fingerprints_block(config),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    _show(result, found, is_tree)
    say(f"result: {near(run_dir)}")
    return ModeResult(ANSWER_IS_NO if found else DONE)


def _from_models(config: Config, against: str) -> Differences:
    """By the parts whose hashes the manifests hold; keys where they hold their values, too."""
    facts = facts_in(models_root(replace(config, models=against)), config)
    found: Differences = {part: [] for part in drift(config, facts)}
    for key, (here, there) in known_keys(config, facts).items():
        found.setdefault(part_of(key), []).append((key, here, there))
    return found


def _from_tree(config: Config, against: str) -> Differences:
    """Key by key: what the same command gives there."""
    overrides = list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else []
    with conf_of(against, CONF.parent) as conf:
        other = compose_elsewhere(conf, overrides, config, against)
    parts = differing_parts(fingerprint(config), fingerprint(other))
    keys = differing_keys(config, other)
    return {part: [row for row in keys[part] if row[0] not in PATHS] for part in parts}


def _summary(found: Mapping[str, Any], against: str) -> str:
    if not found:
        return f"In sync with {against}."
    differ = "part of the configuration differs" if len(found) == 1 else "parts of the configuration differ"
    return f"{len(found)} {differ} from {against}: {', '.join(found)}."


def _show(result: Mapping[str, Any], found: Differences, is_tree: bool) -> None:
    rows = []
    for part, keys in found.items():
        rows += [(part, key, str(here), str(there)) for key, here, there in keys]
        if not keys:
            rows.append((part, "not known: a set keeps the hash of this part alone" if not is_tree else "", "", ""))
    if rows:
        show_columns(("part", "key", "here", "there"), rows)
    say(result["summary"])
