"""From a prepared market to the trained signal stage in the working set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from novosky.backtest.inputs import reference_spread
from novosky.backtest.prepare import Prepared
from novosky.config.checks.market import NEWS_FEATURES
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.features.build import feature_hash
from novosky.labels.barrier import BarrierLabels, barrier_labels
from novosky.market.bars import Bars
from novosky.market.indicators import ATR_PERIOD, atr
from novosky.models.provenance import Provenance
from novosky.models.rows import signal_rows
from novosky.models.signal import SignalModel, train_signal
from novosky.models.signal_folder import STAGE, save_signal

MODEL_PARTS = ("data", "news", "features", "labels", "windows", "stage.signal", "seed")


def labels_of(bars: Bars, config: Config) -> BarrierLabels:
    """The label of every bar, at the reference cost."""
    settings = config.labels
    return barrier_labels(
        bars.open,
        bars.high,
        bars.low,
        reference_spread(bars, settings.reference_spread_pct),
        atr(bars.high, bars.low, bars.close, ATR_PERIOD),
        settings.sl_atr,
        settings.tp_atr,
        settings.horizon_bars,
        bars.point,
    )


def meaning(config: Config) -> dict[str, Any]:
    """The settings that give bars, labels and features their meaning, by dotted key; a model holds for these alone."""
    named = {"data.symbol": config.data.symbol, "data.timeframe": config.data.timeframe}
    named |= {f"labels.{key}": value for key, value in asdict(config.labels).items()}
    if set(NEWS_FEATURES) & set(config.features.names):
        for key in ("currencies", "min_impact", "near_minutes", "risk_window_minutes"):
            named[f"news.{key}"] = getattr(config.news, key)
    return named


def train_signal_stage(
    config: Config, prepared: Prepared, progress: Callable[[str, float], None]
) -> tuple[SignalModel, str]:
    """Train on the train window, put the model into the working set; the model and its manifest's hash."""
    parts = fingerprint(config).parts
    rows = signal_rows(
        prepared.features,
        labels_of(prepared.bars, config),
        prepared.windows["train"],
        config.windows.blocks,
        config.windows.embargo_bars,
    )
    provenance = Provenance(
        feature_names=prepared.features.names,
        feature_hash=feature_hash(prepared.features.names),
        label_fingerprint=parts["labels"],
        config_fingerprints={name: parts[name] for name in MODEL_PARTS},
        snapshot_hash=prepared.market.snapshot.bars_hash,
        bar_time_ms=prepared.bars.time_ms,
        predecessors={},
        settings=meaning(config),
    )
    model = train_signal(
        rows,
        config.stage.signal,
        provenance,
        seed=config.seed,
        threads=config.threads,
        device=config.device,
        progress=progress,
    )
    return model, save_signal(model, Path(config.paths.train) / STAGE)
