"""`conf/local/default.yaml`: its text to the byte, and how it takes the place of another."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from novosky.disk import files
from novosky.errors import NovoskyError

HEAD = (
    "# @package _global_",
    "# Settings of this machine, written by `run.py mode=onboard`; run it again to change them.",
)
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


def local_text(groups: Mapping[str, str], values: Mapping[str, Any], revision: str | None = None) -> str:
    """Options of groups, then keys by dotted name in the order given; `revision` whose settings are among them."""
    of_revision = f"# Trades {revision} by the settings it was judged with; after mode=pull of another answer again."
    lines = [*HEAD, *([] if revision is None else [of_revision]), "defaults:"]
    lines += [f"  - override /{group}: {scalar(option)}" for group, option in groups.items()]
    return "\n".join([*lines, *_tree(_nested(values))]) + "\n"


def scalar(value: Any) -> str:
    """As YAML reads it back: numbers with all their digits, text in quotes where it could be read as something else."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(scalar, value))}]"
    if isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and value.lower() not in _WORDS_OF_YAML
        return value if is_plain else json.dumps(value, ensure_ascii=False)
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text  # YAML reads 1e-07 as a text


def _nested(values: Mapping[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for key, value in values.items():
        *sections, last = key.split(".")
        inside = tree
        for name in sections:
            inside = inside.setdefault(name, {})
        inside[last] = value
    return tree


def _tree(tree: Mapping[str, Any], indent: str = "") -> list[str]:
    lines = []
    for name, value in tree.items():
        if isinstance(value, dict):
            lines += [f"{indent}{name}:", *_tree(value, indent + "  ")]
        else:
            lines.append(f"{indent}{name}: {scalar(value)}")
    return lines


def replace_file(file: Path, text: str, stamp: str) -> Path | None:
    """Write it by one rename, what stood before as `NAME.STAMP.bak` beside it: its path, None where nothing stood.

    A crash leaves the old file or the new one. Raises NovoskyError where the disk refuses.
    """
    try:
        files.make_folder(file.parent)
        backup = None
        if file.exists():
            backup = _free(file, stamp)
            files.copy(file, backup)
        beside = file.with_name(f".{file.name}.new-{os.getpid()}")
        try:
            files.write(beside, text.encode())
            files.rename(beside, file)
        finally:
            files.unlink(beside)
        files.force_folder(file.parent)
    except OSError as error:
        raise NovoskyError(f"{error.filename}: {error.strerror}; what stood stands: mend that and run again") from error
    return backup


def _free(file: Path, stamp: str) -> Path:
    """A name that no earlier backup has; not .yaml, which would make it an option of the group."""
    names = (file.with_name(f"{file.name}.{stamp}{more}.bak") for more in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(name for name in names if not name.exists())
