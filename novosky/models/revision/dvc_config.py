"""The default remote of a DVC project, read from `.dvc/config`: no DVC is needed for it."""

from __future__ import annotations

import configparser
from pathlib import Path
from typing import NamedTuple

from novosky.errors import ConfigError


class DvcRemote(NamedTuple):
    """What DVC knows of its default remote; no credential is read."""

    url: str
    endpoint: str | None
    region: str | None


def dvc_remote(project: Path) -> DvcRemote | None:
    """Of the project in this folder, `.dvc/config.local` over `.dvc/config`; None where none is set.

    A relative folder is meant from `.dvc`, as DVC means it.
    """
    home = project / ".dvc"
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read([home / "config", home / "config.local"], encoding="utf-8")
    except configparser.Error as error:
        first = str(error).splitlines()[0]
        raise ConfigError(f"{home / 'config'}: cannot be read ({first}); mend it, or set remote.url") from error
    name = parser.get("core", "remote", fallback=None)
    sections = {section.strip("'"): parser[section] for section in parser.sections()}
    if name is None or (found := sections.get(f'remote "{name}"')) is None or "url" not in found:
        return None
    url = found["url"]
    if "://" not in url and not Path(url).is_absolute():
        url = str(home / url)
    return DvcRemote(url, found.get("endpointurl"), found.get("region"))
