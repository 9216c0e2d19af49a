"""`conf/local`, this machine's own settings: jobs that make models do not read it, since it is not in git."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from novosky.config.arguments import Arguments
from novosky.config.compose import compose_config
from novosky.config.overrides import NO_LOCAL, jobs_to_try
from novosky.config.schema import MODES

FILE = Path("local") / "default.yaml"
NOT_READ = "! conf/local/default.yaml is not read: what makes models stands in git alone (local=default reads it)"
MAKE_MODELS = ("run", "train", "tune", "optimize", "weekly", "promote")
MAYBE_TRACKED = ("backtest",)  # with paths.evaluate its figures are DVC's


def without_local(conf: Path, asked: Arguments) -> Arguments:
    """The same with `~local` where a job makes models, or figures that DVC tracks; `local=default` keeps it.

    Raises ConfigError as composing does.
    """
    is_said = any(override.lstrip("~").split("=")[0] == "local" for override in asked.overrides)
    if is_said or not (conf / FILE).is_file() or _names_a_reader(asked):
        return asked
    config = compose_config(conf, next(jobs_to_try(asked.overrides)))
    if config.mode not in MAKE_MODELS and config.paths.evaluate is None:
        return asked
    return replace(
        asked, for_hydra=[*asked.for_hydra, NO_LOCAL], overrides=[*asked.overrides, NO_LOCAL], local_ignored=True
    )


def _names_a_reader(asked: Arguments) -> bool:
    """Whether the typed mode alone says that `conf/local` is read: composing takes a third of a second."""
    modes = [override.removeprefix("mode=") for override in asked.overrides if override.startswith("mode=")]
    return bool(modes) and modes[-1] in set(MODES) - {*MAKE_MODELS, *MAYBE_TRACKED}
