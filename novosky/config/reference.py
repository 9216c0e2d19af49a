"""docs/reference/config.md: every group, option and key, from the schema and the files of `conf/`.

`python -m novosky.config.reference` writes it; a test holds the file to what this module says.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from novosky.config.compose import VERSION_BASE
from novosky.config.overrides import groups_of
from novosky.config.registry import CONF
from novosky.config.schema.keys import REQUIRED
from novosky.config.store import register
from novosky.config.walk import fields_by_name

PAGE = CONF.parent / "docs" / "reference" / "config.md"

HEAD = """\
# Every setting

<!-- written by: python -m novosky.config.reference -->

Settings are one tree of files under `conf/`. A group is a folder: `broker=exness` picks `conf/broker/exness.yaml`. A
key is set by its dotted name: `labels.horizon_bars=24`. The command line wins over `experiment=`, that over `local`,
that over the files of the groups. `run.py mode=backtest --cfg job` shows what a command would run with; nothing runs.

**Default** is what `mode=run` runs with when nothing else is said; `= labels.sl_atr` follows another key until it is
set itself; *required* must be given by who uses it. **Allowed** is checked before anything runs: what lies outside is
refused with exit code 2. `null` is nothing. Keys ending in `_env` hold the NAME of an environment variable, never a
secret.
"""

UNITS_BY_ENDING = {
    "bars": "bars", "pct": "%", "s": "seconds", "ms": "ms", "minutes": "minutes", "days": "days", "atr": "ATR(14)",
    "r": "R", "points": "points", "lots": "lots", "price": "price units", "mb": "MB", "trades": "trades",
    "rows": "rows", "year": "days", "hour": "an hour",
}  # fmt: skip
UNITS_BY_WORDS = {
    "price units": "price units", "lots": "lots", "account money": "account currency",
    "account currency": "account currency", "USD": "USD", "probability": "probability", "confidence to": "probability",
    "share": "fraction", "fraction": "fraction", "quantile": "fraction", "chance": "probability", "factor": "factor",
}  # fmt: skip
WRITTEN = {("experiment", "current"): "# The settings of the kept set: a COMMIT of mode=optimize writes it."}
"""Files that the program writes: what is in them is no part of the page."""
TYPES = {"int": "whole number", "float": "number", "bool": "true or false", "str": "text", "Any": "any"}


def config_page(conf: Path = CONF) -> str:
    """The page, ready to be written."""
    written, resolved = _defaults(conf)
    written["mode"] = REQUIRED
    usual = _usual_options(conf)
    sections: dict[str, list[str]] = {"": []}
    for name, field in fields_by_name().items():
        head = name.split(".", 1)[0] if "." in name else ("" if field.metadata else name)
        sections.setdefault(head, [])
        if field.metadata:
            sections[head].append(_row(name, field, written, resolved))
    options = groups_of(conf)
    parts = [HEAD, "## Without a group\n", _table(sections.pop(""))]
    for section in sorted(sections):
        parts += [
            f"## `{section}`\n",
            *_options(conf, section, options.get(section, []), usual),
            _table(sections[section]),
        ]
    for group in sorted(set(options) - set(sections) - {"local"}):
        parts += [f"## `{group}`\n", *_options(conf, group, options[group], usual)]
    return "\n".join(parts).rstrip("\n") + "\n"


def _defaults(conf: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Dotted key -> its value in `mode=run`, as written and as it comes out."""
    register()
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "conf"  # without this machine's own settings, which are no defaults
        shutil.copytree(conf, bare, ignore=shutil.ignore_patterns("local"))
        with initialize_config_dir(config_dir=str(bare), version_base=VERSION_BASE):
            composed = compose("config", overrides=["mode=run"])
    plain = (OmegaConf.to_container(composed, resolve=resolve) for resolve in (False, True))
    written, resolved = (dict(_flat(one)) for one in plain)
    return written, resolved


def _flat(node: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, dict) and node:
        for key, child in node.items():
            yield from _flat(child, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def _row(name: str, field: Any, written: Mapping[str, Any], resolved: Mapping[str, Any]) -> str:
    allowed, unit = _allowed(field.metadata), _unit(name, str(field.type), field.metadata["doc"])
    default = _default(written.get(name), resolved.get(name))
    cells = [f"`{name}`", _type(str(field.type)), default, allowed, unit, field.metadata["doc"]]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _type(hint: str) -> str:
    plain, optional = hint.removesuffix(" | None"), hint.endswith(" | None")
    inner = plain.removeprefix("list[").removesuffix("]")
    words = {"int": "whole numbers", "float": "numbers", "str": "texts"}.get(inner, "parameters")
    said = f"list of {words}" if plain.startswith("list[") else TYPES[plain]
    return f"{said} or null" if optional else said


def _allowed(rule: Mapping[str, Any]) -> str:
    if rule["choices"] is not None:
        return ", ".join(f"`{choice}`" for choice in rule["choices"])
    signs = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    return ", ".join(f"{sign} {rule[limit]:,}" for limit, sign in signs.items() if rule[limit] is not None)


def _unit(name: str, hint: str, doc: str) -> str:
    if not re.match(r"int|float|list\[(int|float)", hint):
        return ""
    ending = name.removesuffix("_bounds").rsplit("_", 1)[-1].rsplit(".", 1)[-1]
    by_words = (unit for words, unit in UNITS_BY_WORDS.items() if re.search(rf"\b{words}\b", doc))
    return UNITS_BY_ENDING.get(ending) or next(by_words, "")


def _default(written: Any, resolved: Any) -> str:
    if written == REQUIRED:
        return "*required*"
    if isinstance(written, str) and (other := re.fullmatch(r"\$\{([\w.]+)\}", written)):
        return f"= `{other[1]}` ({_value(resolved)})"
    return _value(resolved)


def _value(value: Any) -> str:  # noqa: PLR0911 - one form a kind
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:g}" if abs(value) < 1e6 else f"{value:,.0f}"
        case "":
            return "''"
        case list() if len(str(value)) > 60:
            return f"{len(value)} entries"
        case list():
            return "[" + ", ".join(_value(one) for one in value) + "]"
    return str(value)


def _usual_options(conf: Path) -> dict[str, str]:
    """Group -> the option that conf/config.yaml picks, where it picks one of a whole section."""
    entries = OmegaConf.to_container(OmegaConf.load(conf / "config.yaml"))
    assert isinstance(entries, dict)
    picked = [next(iter(entry.items())) for entry in entries["defaults"] if isinstance(entry, dict)]
    return {str(group): str(option) for group, option in picked if "@" not in str(group)}


def _options(conf: Path, group: str, options: Sequence[str], usual: Mapping[str, str]) -> list[str]:
    """A table of a group's files: what each is for, and what it sets otherwise than the usual one."""
    if not options:
        return []
    texts = {option: (conf / group / f"{option}.yaml").read_text(encoding="utf-8") for option in options}
    texts |= {option: WRITTEN[group, option] for option in options if (group, option) in WRITTEN}
    ground = _sets(group, texts[usual[group]]) if usual.get(group) in texts else []
    rows = ["| option | what | sets |", "|---|---|---|"]
    for option, text in texts.items():
        own = ["the values below"] if option == usual.get(group) else _sets(group, text)
        said = ", ".join(f"`{one}`" if "=" in one else one for one in own if one not in ground)
        picked = f"`conf/stage/{option}.yaml`" if group == "stage" else f"`{group}={option}`"
        cells = [picked, _heading(text), said.replace("|", "\\|")]
        rows.append("| " + " | ".join(cells) + " |")
    return ["\n".join(rows) + "\n"]


def _heading(text: str) -> str:
    """The comment that a file begins with; commands in it are shown as such."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    said = [f"`{line}`:" if "run.py " in line else line for line in lines if line and not line.startswith("@package")]
    return " ".join(said).replace("|", "\\|").replace("<", "&lt;")


def _sets(group: str, text: str) -> list[str]:
    """The file's own values as they would be typed; what it picks from other groups, first."""
    parsed = OmegaConf.to_container(OmegaConf.create(text))
    assert isinstance(parsed, dict)
    picked = [_picked(group, entry) for entry in parsed.pop("defaults", [])]
    if "@package _global_" not in text and group != "mode":
        parsed = {group: parsed}
    values = [f"{name.removeprefix(group + '.')}={_written(value)}" for name, value in _flat(parsed) if value != {}]
    return [one for one in [*picked, *values] if one]


def _picked(group: str, entry: Any) -> str:
    if isinstance(entry, str):
        return "" if entry == "_self_" else f"{group}={entry}"
    name, option = next(iter(entry.items()))
    return f"{str(name).removeprefix('override ').lstrip('/')}={option}"


def _written(value: Any) -> str:
    other = re.fullmatch(r"\$\{([\w.]+)\}", value) if isinstance(value, str) else None
    return other[1] if other else _value(value)


def _table(rows: Sequence[str]) -> str:
    if not rows:
        return ""
    head = ["| key | type | default | allowed | unit | meaning |", "|---|---|---|---|---|---|"]
    return "\n".join(['<div class="keys">\n', *head, *rows, "\n</div>"]) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(config_page(), encoding="utf-8")
    print(f"written: {PAGE}")  # noqa: T201 - this is what the command is for
