"""The four stages: training at the default sizes, a year through the whole chain, and one new bar."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from benchmarks.timing import best_seconds
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.training import train_stages
from novosky.backtest.window_chain import trade_window
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.execution.equity_state import RISK_FEATURES
from novosky.features.arrays import FeatureSettings
from novosky.features.stream import FeatureStream
from novosky.labels.position_states import CLASS_NAMES
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.exit_rule import exit_rule, position_wish
from novosky.models.decision.kelly_size import risk_multiplier
from novosky.models.stages.sltp_rows import sltp_inputs
from novosky.models.trees.ensemble import ensemble_row

CONF = Path(__file__).resolve().parents[1] / "conf"
BARS, YEAR, NEW_BARS = 60_000, 35_040, 2_000


def run() -> list[tuple[str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        config = compose_config(
            CONF, ["mode=train", f"data.bars={BARS}", f"paths.data={folder}/data", f"paths.train={folder}/train"]
        )
        prepared = prepare(config)
        seconds: dict[str, float] = {}
        bundle = train_stages(config, prepared, _timed(seconds))
    year = Window("year", BARS - YEAR, BARS)  # for its time alone: models have seen a part of it, no figure is read
    whole = best_seconds(lambda: trade_window(config, prepared, bundle, year), runs=2)
    models, bar = _new_bars(config, prepared, bundle)
    return [
        *((f"training {stage}, {BARS:,} bars", f"{took:.0f} s") for stage, took in seconds.items()),
        ("training, all stages", f"{sum(seconds.values()):.0f} s"),
        ("a year of M15, the whole chain, warm", f"{whole:.2f} s"),
        ("four models on one row, median", f"{np.median(models) * 1e6:.0f} us"),
        ("features, models and decision on a new bar, 99th percentile", f"{np.quantile(bar, 0.99) * 1e3:.2f} ms"),
    ]


def _timed(seconds: dict[str, float]) -> Callable[[str], Iterator[Callable[[str, float], None]]]:
    @contextmanager
    def timed(stage: str) -> Iterator[Callable[[str, float], None]]:
        began = time.perf_counter()
        yield lambda _text, _share: None
        seconds[stage] = time.perf_counter() - began

    return timed


def _new_bars(config: Config, prepared: Prepared, bundle: Bundle) -> tuple[list[float], list[float]]:
    """Seconds of the models, and of everything, on each of the last bars, one at a time."""
    bars = prepared.bars
    settings = FeatureSettings(config.news.near_minutes, config.news.risk_window_minutes)
    stream = FeatureStream(bars.timeframe_minutes, bars.point, prepared.event_ms, prepared.features.names, settings)
    decide = _decider(config, bundle)
    columns = (bars.open, bars.high, bars.low, bars.close, bars.tick_volume, bars.spread_points)
    models, whole = [], []
    for i in range(len(bars)):
        row = (int(bars.time_ms[i]), *(float(column[i]) for column in columns))
        began = time.perf_counter()
        x = stream.push(*row)
        if i < len(bars) - NEW_BARS:
            continue
        pushed = time.perf_counter()
        decide(np.asarray(x, np.float32))
        done = time.perf_counter()
        models.append(done - pushed)
        whole.append(done - began)
    return models[1:], whole[1:]  # the first call compiles


def _decider(config: Config, bundle: Bundle) -> Callable[[np.ndarray], None]:
    """All four models on one bar, as if a trade were open and another wanted."""
    assert bundle.position is not None
    assert bundle.sltp is not None
    assert bundle.risk is not None
    signal, position, sltp, size = bundle.signal, bundle.position.ensemble, bundle.sltp, bundle.risk.size
    threshold = signal.threshold(config.prediction)
    rule = exit_rule(config.prediction, config.labels.horizon_bars)
    out, equity = np.empty((len(position.link), len(CLASS_NAMES))), np.zeros(len(RISK_FEATURES))
    state = np.array([0.25, 0.1, 0.2, 1.0], np.float32)

    def decide(x: np.ndarray) -> None:
        votes = signal.decide(x[None], config.prediction, threshold)
        sltp.predict(sltp_inputs(x[None], votes.side, votes.confidence))
        ensemble_row(position, np.concatenate([x, state]), out)
        position_wish(out, len(out), rule)
        risk_multiplier(size, equity)

    return decide
