"""Every key of the configuration is read by the program, for its class and not for its name alone."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import get_type_hints

import pytest

from novosky.config.schema import Config
from novosky.config.walk import fields_by_name
from tests.support.config_reads import Program

ROOT = Path(__file__).resolve().parents[2]

HELD_AGAINST_OTHERS = {
    "windows.holdout": "what the other shares leave; config/checks refuses shares that do not add up to 1",
}
BY_STUDY = {"SearchConfig", "ObjectivesConfig"}
"""Read by the name of the study, which is known when the program runs."""

PLANTED = {  # unread keys with names that are read everywhere, of other classes
    "novosky.config.schema.monitor": ("MonitorConfig", "name"),
    "novosky.config.schema.sweep": ("SweepConfig", "symbol"),
    "novosky.config.schema.trade": ("TradeConfig", "enabled"),
    "novosky.config.schema.trading": ("ScoreConfig", "risk_pct"),
    "novosky.config.schema.doctor": ("DoctorConfig", "spread"),  # copied whole into another record
}


def sources() -> dict[str, str]:
    """The package's modules by name, with the planted keys in the schema."""
    found = {}
    for file in sorted((ROOT / "novosky").rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        found[name] = file.read_text(encoding="utf-8")
    for module, (owner, key) in PLANTED.items():
        head = next(line for line in found[module].splitlines() if line.startswith(f"class {owner}"))
        found[module] = found[module].replace(head, f'{head}\n    {key}: str = "planted"', 1)
    return found


@pytest.fixture(scope="module")
def program() -> Program:
    """Followed everywhere but in novosky/config: to check a value or to hash it is not to use it."""
    made = Program(sources())
    made.follow(name for name in made.trees if not name.startswith("novosky.config"))
    return made


def owners(section: type = Config, prefix: str = "") -> dict[str, tuple[str, str]]:
    """Dotted key -> the class that declares it, and its name there."""
    found, types = {}, get_type_hints(section)
    for field in dataclasses.fields(section):
        if dataclasses.is_dataclass(types[field.name]):
            found |= owners(types[field.name], f"{prefix}{field.name}.")
        else:
            found[prefix + field.name] = (f"{section.__module__}.{section.__name__}", field.name)
    return found


def test_every_key_is_read(program: Program) -> None:
    unread = []
    for key, (owner, name) in owners().items():
        choices = fields_by_name()[key].metadata["choices"]
        nothing_to_choose = choices is not None and len(choices) == 1
        by_study = owner.rsplit(".", 1)[-1] in BY_STUDY and owner in program.free
        if not (program.has_read(owner, name) or by_study or nothing_to_choose or key in HELD_AGAINST_OTHERS):
            unread.append(key)
    assert unread == [], "keys that nothing reads: take them out of novosky/config/schema, or make them work"


def test_a_planted_key_is_found_however_common_its_name(program: Program) -> None:
    for module, (owner, key) in PLANTED.items():
        assert any(name == key for _, name in program.reads), f"{key} is no common name"
        assert not program.has_read(f"{module}.{owner}", key)


def test_what_is_excused_needs_its_excuse(program: Program) -> None:
    known = owners()
    assert not any(program.has_read(*known[key]) for key in HELD_AGAINST_OTHERS)
    program.follow(["novosky.config.checks.trading", "novosky.config.checks.learning"])
    assert all(program.has_read(*known[key]) for key in HELD_AGAINST_OTHERS)
