"""The dotted names of the configuration, read from the schema itself."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, get_type_hints

from novosky.config.schema import Config


def leaves(config: Any, prefix: str = "") -> Iterator[tuple[str, dataclasses.Field[Any], Any]]:
    """Every value of a typed config with its dotted name and its field, in the order of the schema."""
    for field in dataclasses.fields(config):
        name, value = prefix + field.name, getattr(config, field.name)
        if dataclasses.is_dataclass(value):
            yield from leaves(value, name + ".")
        else:
            yield name, field, value


@cache
def fields_by_name() -> dict[str, dataclasses.Field[Any]]:
    """Dotted name -> field, sections (`labels`, `stage.signal`) included."""
    return dict(_fields(Config, ""))


def _fields(section: type, prefix: str) -> Iterator[tuple[str, dataclasses.Field[Any]]]:
    types = get_type_hints(section)
    for field in dataclasses.fields(section):
        name = prefix + field.name
        yield name, field
        if dataclasses.is_dataclass(types[field.name]):
            yield from _fields(types[field.name], name + ".")


def did_you_mean(found: str, known: Sequence[str]) -> str:
    """`; did you mean labels.horizon_bars?`, or nothing when nothing is near.

    A right last part at the wrong place is near too: `trees` may mean `stage.signal.forest.trees`.
    """
    near = get_close_matches(found, known, n=1, cutoff=0.75)
    if not near:
        by_tail = {name.rsplit(".", 1)[-1]: name for name in reversed(known)}
        near = [by_tail[tail] for tail in get_close_matches(found.rsplit(".", 1)[-1], by_tail, n=1, cutoff=0.75)]
    return f"; did you mean {near[0]}?" if near else ""
