"""A settings file is tried before it stands: the tree of conf/ with it, in a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.trading.onboarding.settings import Compose

LOCAL = Path("local") / "default.yaml"


@contextmanager
def trial(conf: Path, overrides: Sequence[str]) -> Iterator[Compose]:
    """What `conf` and these overrides come to with a text as its conf/local/default.yaml."""
    with tempfile.TemporaryDirectory(prefix="novosky-onboard-") as folder:
        copy = Path(folder).resolve() / "conf"
        shutil.copytree(conf, copy, ignore=lambda path, names: [n for n in names if (Path(path) / n) == conf / "local"])

        def compose(text: str) -> Config:
            (copy / LOCAL).parent.mkdir(exist_ok=True)
            (copy / LOCAL).write_text(text, encoding="utf-8")
            try:
                return compose_config(copy, overrides)
            except ConfigError as error:
                raise ConfigError(f"these answers do not compose, nothing was written: {error}") from None

        yield compose
