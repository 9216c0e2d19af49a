"""Settings as an experiment file of `conf/experiment/`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from omegaconf import OmegaConf


def experiment_text(comments: Sequence[str], changes: Mapping[str, Any]) -> str:
    """The file's text: comments, then the settings (by dotted key) as a tree; floats with all their digits."""
    tree: dict[str, Any] = {}
    for key, value in changes.items():
        *sections, last = key.split(".")
        inside = tree
        for name in sections:
            inside = inside.setdefault(name, {})
        inside[last] = value
    lines = ["# @package _global_", *(f"# {comment}" for comment in comments)]
    return "\n".join(lines) + "\n" + (OmegaConf.to_yaml(OmegaConf.create(tree)) if tree else "")
