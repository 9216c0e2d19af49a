"""What every stage learns on: labels and their bars, and where the models come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from novosky.backtest.inputs import reference_spread
from novosky.backtest.prepare import Prepared
from novosky.config.checks.market import NEWS_FEATURES
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.features.build import feature_hash
from novosky.labels.barrier import BarrierLabels, barrier_labels
from novosky.labels.paths import Bracket, LabelBars
from novosky.market.bars import Bars
from novosky.market.indicators import ATR_PERIOD, atr
from novosky.models.bundle.bundle import Bundle
from novosky.models.bundle.provenance import Provenance

_PARTS = ("data", "news", "features", "labels", "windows", "seed")


def labels_of(bars: Bars, config: Config) -> BarrierLabels:
    """The label of every bar, at the reference cost."""
    paths, bracket = label_bars(bars, config), label_bracket(config)
    return barrier_labels(
        paths.open,
        paths.high,
        paths.low,
        paths.spread,
        paths.atr,
        bracket.stop_atr,
        bracket.target_atr,
        paths.horizon,
        paths.tick_size,
    )


def label_bars(bars: Bars, config: Config) -> LabelBars:
    """The bars along which labels let trades run."""
    return LabelBars(
        bars.open,
        bars.high,
        bars.low,
        bars.close,
        reference_spread(bars, config.labels.reference_spread_pct),
        atr(bars.high, bars.low, bars.close, ATR_PERIOD),
        config.labels.horizon_bars,
        bars.point,
    )


def label_bracket(config: Config) -> Bracket:
    return Bracket(config.labels.sl_atr, config.labels.tp_atr)


def meaning(config: Config) -> dict[str, Any]:
    """The settings that give bars, labels and features their meaning, by dotted key; a model holds for these alone."""
    named = {"data.symbol": config.data.symbol, "data.timeframe": config.data.timeframe}
    named |= {f"labels.{key}": value for key, value in asdict(config.labels).items()}
    if set(NEWS_FEATURES) & set(config.features.names):
        for key in ("currencies", "min_impact", "near_minutes", "risk_window_minutes"):
            named[f"news.{key}"] = getattr(config.news, key)
    return named


def provenance(
    config: Config, prepared: Prepared, before: Bundle | None, stage: str, inputs: Sequence[str]
) -> Provenance:
    """Where a stage comes from; `before` holds its predecessors, `inputs` names its columns."""
    parts = fingerprint(config).parts
    reach = [*_PARTS, f"stage.{stage}"] + ([] if before is None else ["stage.trades"])
    names = prepared.features.names
    return Provenance(
        feature_names=names,
        feature_hash=feature_hash(names),
        label_fingerprint=parts["labels"],
        config_fingerprints={name: parts[name] for name in reach},
        snapshot_hash=prepared.market.snapshot.bars_hash,
        calendar_hash=prepared.market.snapshot.calendar_hash,
        bar_time_ms=prepared.bars.time_ms,
        predecessors={} if before is None else before.hashes,
        settings=meaning(config),
        inputs=tuple(inputs),
    )
