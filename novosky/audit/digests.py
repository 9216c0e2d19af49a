"""Hashes of what a run computes, in a process of its own: `python -m novosky.audit.digests < job.json`."""

from __future__ import annotations

import hashlib
import importlib
import json
import sys
from dataclasses import replace
from typing import Any

import numpy as np
from omegaconf import OmegaConf

from novosky.audit.effort import EFFORTS
from novosky.audit.look_ahead_decisions import decided_stretch
from novosky.audit.subject import Subject, trained_models
from novosky.backtest.prepare import prepare
from novosky.config.edge import typed
from novosky.config.schema import Config
from novosky.models.forward.training_rows import TrainingRows
from novosky.models.trees.voters import enabled_voters, fit_voter

MODEL_ROWS = 3000
MODEL_ROUNDS = 10


def digests(config: Config) -> dict[str, str]:
    """sha256 of the features, the labels, a small model and, where a set is trained, of decisions."""
    prepared = prepare(config)
    subject = Subject(config, prepared, trained_models(config, prepared), EFFORTS["quick"])
    labels = subject.label(prepared.bars, config)
    out = {
        "features": sha256(prepared.features.values),
        "labels": sha256(labels.y, labels.end, labels.r_long, labels.r_short),
        "small model": small_model(subject.rows(), config),
    }
    if subject.bundle is not None:
        market, window, _ = decided_stretch(subject, subject.effort.stretch_bars)
        traded = subject.trade(config, market, subject.bundle, window)
        simulation = traded.simulation
        out["decisions"] = sha256(*traded.intents, traded.wishes, simulation.equity, simulation.trades)
    return out


def small_model(rows: TrainingRows, config: Config) -> str:
    """Every enabled voter with few rounds on a few thousand rows: what it answers on the rows that follow."""
    stage = config.stage.signal
    stage = replace(
        stage,
        forest=replace(stage.forest, trees=MODEL_ROUNDS),
        xgboost=replace(stage.xgboost, rounds=MODEL_ROUNDS),
        lightgbm=replace(stage.lightgbm, rounds=MODEL_ROUNDS),
    )
    learned, asked = slice(0, MODEL_ROWS), slice(MODEL_ROWS, 2 * MODEL_ROWS)
    answers = []
    for name in enabled_voters(stage):
        voter = fit_voter(name, rows.x[learned], rows.y[learned], stage, config.seed, config.threads, "cpu", None)
        answers.append(voter.predict(rows.x[asked], config.threads))
    return sha256(*answers)


def sha256(*arrays: Any) -> str:
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def main() -> None:
    job = json.load(sys.stdin)
    for module in job["imports"]:
        importlib.import_module(module)
    config = typed(OmegaConf.create(job["config"]))
    json.dump(digests(config), sys.stdout)


if __name__ == "__main__":
    main()
