"""Does the running configuration still belong to the working set? Part by part, by the set's own manifests."""

from __future__ import annotations

import os

from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.models.bundle.bundle import Bundle

STRICT = "NOVOSKY_STRICT_CONFIG_SYNC"


def drift(config: Config, bundle: Bundle) -> list[str]:
    """Parts of the configuration with which some stage of the set was not made, in order."""
    now = fingerprint(config).parts
    made = [facts["config"] for facts in bundle.facts.values()]
    return sorted({name for parts in made for name, then in parts.items() if now.get(name) != then})


def check_sync(config: Config, bundle: Bundle) -> str | None:
    """A sentence on what differs, None where nothing does; an error where NOVOSKY_STRICT_CONFIG_SYNC=1."""
    parts = drift(config, bundle)
    if not parts:
        return None
    found = f"the working set was made with other settings of {', '.join(parts)}"
    mend = "add experiment=current if a loop kept it, or train again (run.py mode=train)"
    if os.environ.get(STRICT) == "1":
        raise ConfigError(f"{found} ({STRICT}=1); {mend}")
    return f"{found}; {mend}"
