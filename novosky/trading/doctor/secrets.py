"""Environment variables that the configuration names: are they set? Their values are never read out."""

from __future__ import annotations

import dataclasses
import os
from typing import Any

from novosky.config.schema.terminal import TerminalConfig
from novosky.trading.doctor.finding import Finding, judged

SUFFIXES = ("_env", "_envs")


def names_in(group: Any) -> list[str]:
    """Names that the keys of a group end in `_env` for, one or many; groups inside it count while enabled."""
    found: list[str] = []
    for field in dataclasses.fields(group):
        value = getattr(group, field.name)
        if dataclasses.is_dataclass(value):
            found += names_in(value) if getattr(value, "enabled", True) else []
        elif field.name.endswith(SUFFIXES) and value:
            found += [value] if isinstance(value, str) else list(value)
    return sorted(set(found))


def names_of_terminal(terminal: TerminalConfig) -> list[str]:
    """Only those that this kind reads: the password where a login is named, the token of the bridge."""
    asked = []
    if terminal.kind in ("metatrader5", "mt5linux") and terminal.login is not None:
        asked.append(terminal.password_env)
    if terminal.kind == "http":
        asked.append(terminal.token_env)
    return [name for name in asked if name]


def secrets(names: list[str]) -> Finding:
    """All of them set and not empty."""
    missing = [name for name in names if not os.environ.get(name)]
    fail = f"set {', '.join(missing)} in the environment that starts the bot" if missing else ""
    found = f"{len(names) - len(missing)} of {len(names)} set" if names else "none is needed"
    return judged("secrets", found, ", ".join(names) or "none", fail=fail)
