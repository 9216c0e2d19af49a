"""What is audited: the user's configuration, bars, features and, where trained, models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from novosky.audit.effort import Effort
from novosky.backtest.ground import labels_of, meaning
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded, trade_window
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.execution.series import FinerBars
from novosky.features.arrays import FeatureSettings
from novosky.features.build import build_features, feature_hash
from novosky.labels.barrier import BarrierLabels
from novosky.market.bars import Bars, Ints, utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import FILE, check_settings
from novosky.models.forward.training_rows import TrainingRows
from novosky.models.revision.promoted import WORKING, models_root
from novosky.models.stages.signal_rows import signal_rows

Labeller = Callable[[Bars, Config], BarrierLabels]
Trader = Callable[[Config, Prepared, Bundle, Window], Traded]


@dataclass(frozen=True)
class Subject:
    """`bundle` is None without a working set; `label` and `trade` are what training and backtest call."""

    config: Config
    prepared: Prepared
    bundle: Bundle | None
    effort: Effort
    label: Labeller = labels_of
    trade: Trader = trade_window

    @property
    def settings(self) -> FeatureSettings:
        return FeatureSettings(self.config.news.near_minutes, self.config.news.risk_window_minutes)

    @property
    def open_to(self) -> int:
        """Bars before the window `holdout`: what the checks of features and labels look at."""
        return self.prepared.windows["holdout"].start

    def rows(self) -> TrainingRows:
        """The signal stage's rows, cut into forward blocks."""
        windows = self.config.windows
        labels = self.label(self.prepared.bars, self.config)
        train = self.prepared.windows["train"]
        return signal_rows(self.prepared.features, labels, train, windows.blocks, windows.embargo_bars)

    def on(self, bars: Bars, event_ms: Ints | None, first_bar: int) -> Prepared:
        """All that a run prepares, made anew from other bars; `first_bar` is the place of the first in the own ones."""
        features = build_features(bars, event_ms, self.config.features.names, self.settings)
        return replace(
            self.prepared,
            market=replace(self.prepared.market, bars=bars),
            event_ms=event_ms,
            features=features,
            x=np.ascontiguousarray(features.values, dtype=np.float32),
            finer=finer_of(self.prepared.finer, first_bar, len(bars)),
        )

    def when(self, bar: int) -> str:
        """The open time of a bar, as a reader sees it."""
        return utc_text(int(self.prepared.bars.time_ms[bar]))


def finer_of(finer: FinerBars, first_bar: int, n_bars: int) -> FinerBars:
    """The finer bars inside `n_bars` bars from `first_bar` on; none inside bars that follow the last known one."""
    known = finer.first[first_bar : first_bar + n_bars + 1]
    first = np.concatenate([known, np.full(n_bars + 1 - len(known), finer.first[-1], np.int64)])
    return finer._replace(first=first)


def trained_models(config: Config, prepared: Prepared) -> Bundle | None:
    """The verified set, None where none is trained; raises ModelCompatibilityError for one that does not fit."""
    root = models_root(config)
    if config.models == WORKING and not (root / "signal" / FILE).is_file():
        return None
    names = prepared.features.names
    bundle = load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    return bundle
