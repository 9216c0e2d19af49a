"""Does the running configuration still belong to a set? Part by part, by the set's own manifests."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.backtest.ground import meaning
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.models.bundle.bundle import enabled_stages
from novosky.models.bundle.manifest import FILE, Manifest, read_manifest

STRICT = "NOVOSKY_STRICT_CONFIG_SYNC"
Facts = Mapping[str, Manifest]


def facts_in(root: Path, config: Config) -> dict[str, Manifest]:
    """What the manifests in `root` say, of the stages that decide; each is verified. The risk stage may be missing."""
    stages = [name for name in enabled_stages(config.stage) if name != "risk" or (root / name / FILE).is_file()]
    return {stage: read_manifest(root / stage, stage) for stage in stages}


def drift(config: Config, facts: Facts) -> list[str]:
    """Parts of the configuration with which some stage of the set was not made, in order."""
    now = fingerprint(config).parts
    made = [one["config"] for one in facts.values()]
    return sorted({name for parts in made for name, then in parts.items() if now.get(name) != then})


def known_keys(config: Config, facts: Facts) -> dict[str, tuple[Any, Any]]:
    """Keys whose values the manifests hold and that differ: here, and in the set. Of others they hold hashes alone."""
    now = meaning(config)
    return {
        key: (now.get(key), then)
        for one in facts.values()
        for key, then in one["settings"].items()
        if now.get(key) != then
    }


def check_sync(config: Config, facts: Facts) -> str | None:
    """A sentence on what differs, None where nothing does; an error where NOVOSKY_STRICT_CONFIG_SYNC=1."""
    parts = drift(config, facts)
    if not parts:
        return None
    found = f"the working set was made with other settings of {', '.join(parts)}"
    mend = "add experiment=current if a loop kept it, or train again (run.py mode=train)"
    if os.environ.get(STRICT) == "1":
        raise ConfigError(f"{found} ({STRICT}=1); {mend}")
    return f"{found}; {mend}"
