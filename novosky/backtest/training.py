"""The four stages into the working set, in order."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from novosky.backtest.features_stage import FEATURES
from novosky.backtest.ground import meaning
from novosky.backtest.prepare import Prepared
from novosky.backtest.stage_training import TRAINERS, Progress
from novosky.config.schema import Config
from novosky.errors import ConfigError, NovoskyError
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import STAGES, Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings

OpenProgress = Callable[[str], AbstractContextManager[Progress]]


def stages_to_train(config: Config) -> tuple[str, ...]:
    """What `train.stage` asks for, of the stages that are enabled."""
    enabled, asked = enabled_stages(config.stage), config.train.stage
    if asked == "all":
        return enabled
    if asked == FEATURES:
        raise ConfigError("train.stage=features: trains no model; only mode=train does it alone")
    if asked not in enabled:
        raise ConfigError(f"train.stage={asked}: that stage is off; set stage.{asked}.enabled=true")
    return (asked,)


def train_stages(config: Config, prepared: Prepared, open_progress: OpenProgress) -> Bundle:
    """Train what `train.stage` asks for into the working set, in order; the set up to the last trained stage.

    A stage that is trained alone takes its predecessors from the working set, verified. Raises `DataError` where there
    is too little to learn from, `ModelCompatibilityError` for predecessors that are missing, edited or foreign.
    """
    wanted = stages_to_train(config)
    enabled = enabled_stages(config.stage)
    names = prepared.features.names
    before = [name for name in STAGES[: STAGES.index(wanted[0])] if name in enabled]
    bundle = None
    if before:
        bundle = load_bundle(Path(config.paths.train), before, names, feature_hash(names))
        for facts in bundle.facts.values():
            check_settings(facts, meaning(config))
    for stage in wanted:
        with open_progress(stage) as progress:
            bundle = TRAINERS[stage](config, prepared, bundle, progress)
    if bundle is None:
        raise NovoskyError("training: expected at least one stage, found none")
    return bundle
