"""What a role may do: modes, keys with the values that they may take, and how often it may look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from novosky.config.schema import MODES, Config
from novosky.config.walk import did_you_mean
from novosky.errors import ConfigError

FORBIDDEN = ("agent", "trade", "promote", "pull", "notify", "onboard", "dashboard", "weekly")
"""Modes that no role may have: they spend money, publish, speak to people, or have no end."""

SAFE_TEXT = re.compile(r"[\w./:+-]+")  # means itself to Hydra, in any place


class OutOfScopeError(ConfigError):
    """A step that its role may not do; it was not done."""


@dataclass(frozen=True)
class Step:
    """A mode with settings, and why it is wanted."""

    mode: str
    settings: Mapping[str, Any]
    why: str = ""


@dataclass(frozen=True)
class Role:
    """`keys`: name -> allowed values as written: `low..high`, `one|two`, or `~expression`."""

    name: str
    doc: str
    modes: tuple[str, ...]
    keys: Mapping[str, str]

    def overrides(self, step: Step) -> list[str]:
        """The step as it would be typed. Raises OutOfScopeError."""
        if step.mode not in self.modes:
            near = did_you_mean(step.mode, self.modes)
            raise OutOfScopeError(f"mode={step.mode}: role {self.name} may run {', '.join(self.modes)}{near}")
        return [f"mode={step.mode}", *(f"{key}={self._typed(key, value)}" for key, value in step.settings.items())]

    def _typed(self, key: str, value: Any) -> str:
        rule = self.keys.get(key)
        if rule is None:
            raise OutOfScopeError(
                f"{key}={value}: role {self.name} may set {', '.join(self.keys)}{did_you_mean(key, list(self.keys))}"
            )
        if isinstance(value, list) and value and rule.startswith("~"):
            return f"[{','.join(self._one(key, rule, one) for one in value)}]"
        return self._one(key, rule, value)

    def _one(self, key: str, rule: str, value: Any) -> str:
        if isinstance(value, bool):
            text = str(value).lower()
        else:
            text = str(value) if isinstance(value, int | float | str) else ""
        if not _allows(rule, text):
            raise OutOfScopeError(f"{key}={value!r}: role {self.name} allows {rule}")
        return f"'{text}'" if rule.startswith("~") else text


def read_role(folder: Path, name: str) -> Role:
    """The role of a file `folder`/<name>.yaml; ConfigError where there is none, or it says what no role may."""
    known = sorted(file.stem for file in folder.glob("*.yaml"))
    if name not in known:
        raise ConfigError(f"agent.role={name}: expected one of {', '.join(known)}{did_you_mean(name, known)}")
    found = plain_yaml((folder / f"{name}.yaml").read_text(encoding="utf-8"))
    if not isinstance(found, dict) or found.keys() != {"doc", "modes", "keys"}:
        raise ConfigError(f"conf/agent/roles/{name}.yaml: expected the keys doc, modes and keys")
    modes = tuple(str(mode) for mode in found["modes"])
    wrong = [mode for mode in modes if mode not in MODES or mode in FORBIDDEN]
    if wrong:
        raise ConfigError(f"conf/agent/roles/{name}.yaml: mode {wrong[0]} cannot be given to a role")
    pairs = [str(line).partition(" ") for line in found["keys"]]
    if bad := [key for key, _, rule in pairs if not _is_rule(rule)]:
        raise ConfigError(
            f"conf/agent/roles/{name}.yaml: {bad[0]}: expected low..high, one|two or ~expression after it"
        )
    return Role(name, str(found["doc"]), modes, {key: rule for key, _, rule in pairs})


def plain_yaml(text: str) -> Any:
    """Lists, dictionaries and values; ValueError for text that is no YAML."""
    try:
        return OmegaConf.to_container(OmegaConf.create(text), resolve=False)
    except Exception as error:  # of the YAML library, OmegaConf, or Python, by what is wrong
        raise ValueError((str(error).splitlines() or [type(error).__name__])[0]) from error


def looks_asked(config: Config) -> dict[str, int]:
    """Looks that a run would make at most, by window."""
    if config.mode == "sweep":
        return {"sweep": config.sweep.trials + 1}
    if config.mode == "optimize":
        return {"gate": config.optimize.iterations + 1}
    if config.mode in ("backtest", "run"):
        return {config.window: 1}
    return {}


def _is_rule(rule: str) -> bool:
    return bool(rule.strip()) and (
        rule.startswith("~") or ".." in rule or bool(SAFE_TEXT.fullmatch(rule.replace("|", "")))
    )


def _allows(rule: str, text: str) -> bool:
    if rule.startswith("~"):
        return bool(re.fullmatch(rule[1:], text)) and "'" not in text and ".." not in text
    if not SAFE_TEXT.fullmatch(text):
        return False
    if ".." in rule:
        low, _, high = rule.partition("..")
        try:
            return float(low) <= float(text) <= float(high)
        except ValueError:
            return False
    return text in rule.split("|")
