"""One new bar, as the bot decides on it; and each model on one row, beside scikit-learn's forest."""

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
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.execution.equity_state import RISK_FEATURES
from novosky.labels.position_states import CLASS_NAMES
from novosky.models.bundle.bundle import Bundle
from novosky.models.classes import Inputs
from novosky.models.decision.exit_rule import exit_rule, position_wish
from novosky.models.decision.kelly_size import risk_multiplier
from novosky.models.inspection.pickles import native_probabilities
from novosky.models.stages.sltp_rows import sltp_inputs
from novosky.models.trees.ensemble import ensemble_row
from novosky.models.trees.voters import fit_voter
from novosky.trading.bot.chain import Chain
from novosky.trading.bot.series import LiveSeries

CONF = Path(__file__).resolve().parents[1] / "conf"
BARS, NEW_BARS, SINGLE_ROWS = 20_000, 2_000, 50
OPEN_TRADE = np.array([0.25, 0.1, 0.2, 1.0], np.float32)

Open = Callable[[Inputs], None]


def run() -> list[tuple[str, str]]:
    """Trees of the default sizes, learned from fewer bars than usual, so that training takes a minute or two."""
    with tempfile.TemporaryDirectory() as folder:
        config = compose_config(
            CONF, ["mode=train", f"data.bars={BARS}", f"paths.data={folder}/data", f"paths.train={folder}/train"]
        )
        prepared = prepare(config)
        bundle = train_stages(config, prepared, untimed)
    return rows_of(config, prepared, bundle)


@contextmanager
def untimed(_stage: str) -> Iterator[Callable[[str, float], None]]:
    yield lambda _text, _share: None


def rows_of(config: Config, prepared: Prepared, bundle: Bundle) -> list[tuple[str, str]]:
    """What the last bars take, one at a time, and the same row by scikit-learn."""
    models, whole = _new_bars(config, prepared, bundle)
    median, forest = float(np.median(models)), _forest(config, prepared)
    trees = config.stage.signal.forest.trees
    return [
        ("four models on one row, median; 99th percentile", f"{median * 1e3:.3f} ms; {_late(models) * 1e3:.3f} ms"),
        (
            f"scikit-learn's forest of {trees} trees alone",
            f"{forest * 1e3:.1f} ms; {forest / median:.0f} times as long as all four models",
        ),
        (
            "features, models, decision on a new bar, median; 99th",
            f"{np.median(whole) * 1e3:.2f} ms; {_late(whole) * 1e3:.2f} ms",
        ),
    ]


def _new_bars(config: Config, prepared: Prepared, bundle: Bundle) -> tuple[list[float], list[float]]:
    """Seconds of the four models on a row, and of all that the bot computes at a close, on each of the last bars."""
    bars, first = prepared.bars, len(prepared.bars) - NEW_BARS
    chain = Chain(config, bundle, prepared.event_ms, bars.point, bars.timeframe_minutes)
    chain.follow(bars.slice(0, first))
    series = LiveSeries(bars.slice(0, first), config)
    with_trade, all_four = _with_a_trade(config, bundle), _all_four(config, bundle)
    models, whole = [], []
    for i in range(first, len(bars)):
        began = time.perf_counter()
        decided = chain.decide(series.push(bars.slice(i, i + 1)))
        with_trade(decided.x)
        whole.append(time.perf_counter() - began)
        began = time.perf_counter()
        all_four(decided.x)
        models.append(time.perf_counter() - began)
    return models[10:], whole[10:]  # the first calls compile


def _with_a_trade(config: Config, bundle: Bundle) -> Open:
    """What the core asks of the models while a trade is open and another is sized."""
    assert bundle.position is not None
    assert bundle.risk is not None
    position, size = bundle.position.ensemble, bundle.risk.size
    rule = exit_rule(config.prediction, config.labels.horizon_bars)
    out, equity = np.empty((len(position.link), len(CLASS_NAMES))), np.zeros(len(RISK_FEATURES))

    def ask(x: Inputs) -> None:
        ensemble_row(position, np.concatenate([x, OPEN_TRADE]), out)
        position_wish(out, len(out), rule)
        risk_multiplier(size, equity)

    return ask


def _all_four(config: Config, bundle: Bundle) -> Open:
    """signal, position, sltp and risk, whatever signal says."""
    assert bundle.sltp is not None
    signal, sltp, with_trade = bundle.signal, bundle.sltp, _with_a_trade(config, bundle)
    threshold = signal.threshold(config.prediction)

    def ask(x: Inputs) -> None:
        votes = signal.decide(x[None], config.prediction, threshold)
        sltp.predict(sltp_inputs(x[None], votes.side, votes.confidence))
        with_trade(x)

    return ask


def _forest(config: Config, prepared: Prepared) -> float:
    """Seconds of scikit-learn's forest, as large as the signal stage's, on one row; one thread, the best of three."""
    x = prepared.x[np.isfinite(prepared.x).all(axis=1)][:10_000]
    y = np.random.Generator(np.random.PCG64(1)).integers(0, 3, len(x)).astype(np.int8)
    model = fit_voter("forest", x, y, config.stage.signal, 1, 2, "cpu").native
    model.set_params(n_jobs=1)
    rows = [x[i : i + 1] for i in range(SINGLE_ROWS)]
    return best_seconds(lambda: [native_probabilities(model, row) for row in rows], runs=3) / SINGLE_ROWS


def _late(seconds: list[float]) -> float:
    return float(np.quantile(seconds, 0.99))
