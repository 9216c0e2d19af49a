"""`conf/experiment/current.yaml`: the settings of the kept set, as an experiment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from novosky.config.experiment_file import experiment_text
from novosky.config.recorded import flat
from novosky.config.walk import leaves
from novosky.market.bars import utc_text
from novosky.optimize.candidate import Candidate
from novosky.optimize.on_gate import WINDOW


def current_text(file: Path, candidate: Candidate, iteration: int) -> str:
    """All that a loop ever changed, as the candidate has it, and the last day that chose it."""
    config, prepared = candidate.config, candidate.prepared
    values = {name: value for name, _, value in leaves(config)}
    names = [*kept_names(file), *candidate.params]
    changes: dict[str, Any] = {name: values[name] for name in dict.fromkeys(names) if name in values}
    if candidate.dropped or "features.names" in changes:
        changes |= {"features.name": config.features.name, "features.names": list(config.features.names)}
    last = utc_text(int(prepared.bars.time_ms[prepared.windows[WINDOW].stop - 1]))[:10]
    changes["windows.chosen_until"] = last
    comments = [
        f"Written by mode=optimize, loop {config.optimize.name}, iteration {iteration}: settings of the kept set.",
        f"Data snapshot {prepared.market.snapshot.name}; settings chosen by bars up to {last}.",
    ]
    return experiment_text(comments, changes)


def kept_names(file: Path) -> list[str]:
    """The settings that an earlier COMMIT wrote, by dotted key."""
    if not file.is_file():
        return []
    tree = OmegaConf.load(file)
    assert isinstance(tree, DictConfig)
    return [name for name, _ in flat(OmegaConf.to_container(tree))]
