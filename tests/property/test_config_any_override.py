"""Whatever is typed, the answer is a configuration or one line."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.config.compose import compose_config
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.walk import fields_by_name, leaves
from novosky.errors import ConfigError

CONF = Path(__file__).resolve().parents[2] / "conf"

keys = st.sampled_from(sorted(fields_by_name())) | st.text(max_size=12)
values = (
    st.none().map(lambda _: "null")
    | st.booleans().map(str)
    | st.integers(-(2**70), 2**70).map(str)
    | st.floats().map(repr)
    | st.text(max_size=12)
    | st.lists(st.integers(0, 3), max_size=3).map(str)
)


def composed(*overrides: str) -> Config | None:
    try:
        return compose_config(CONF, ["mode=run", *overrides])
    except ConfigError:
        return None


@given(key=keys, value=values)
@settings(max_examples=25, deadline=None)
def test_any_override_gives_a_config_or_a_refusal(key: str, value: str) -> None:
    config = composed(f"{key}={value}")
    if config is not None:
        assert all(is_plain(part) for _, _, part in leaves(config))


@given(text=st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_any_argument_gives_a_config_or_a_refusal(text: str) -> None:
    composed(text)


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_an_accepted_number_is_within_its_declared_range(data: st.DataObject) -> None:
    numbers = {name: field for name, field in fields_by_name().items() if field.type in ("int", "float")}
    name = data.draw(st.sampled_from(sorted(numbers)))
    value = data.draw(st.integers(-3, 300) if numbers[name].type == "int" else st.floats(-3, 300))
    config = composed(f"{name}={value!r}")
    if config is None:
        return
    found = next(part for leaf, _, part in leaves(config) if leaf == name)
    rule = numbers[name].metadata
    assert found == value
    assert rule["ge"] is None or found >= rule["ge"]
    assert rule["gt"] is None or found > rule["gt"]
    assert rule["le"] is None or found <= rule["le"]
    assert rule["lt"] is None or found < rule["lt"]
    assert len(fingerprint(config).whole) == 64


def is_plain(value: Any) -> bool:
    """No OmegaConf container, no number that is none."""
    if is_dataclass(value):
        return all(is_plain(getattr(value, field.name)) for field in fields(value))
    if isinstance(value, list):
        return type(value) is list and all(map(is_plain, value))
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or type(value) in (bool, int, str)
