"""The four stages: training at the default sizes, a year through the whole chain, and one new bar."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks import new_bar
from benchmarks.timing import best_seconds
from novosky.backtest.prepare import prepare
from novosky.backtest.training import train_stages
from novosky.backtest.window_chain import trade_window
from novosky.config.compose import compose_config
from novosky.evaluation.windows import Window

CONF = Path(__file__).resolve().parents[1] / "conf"
BARS, YEAR = 60_000, 35_040


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
    return [
        *((f"training {stage}, {BARS:,} bars", f"{took:.0f} s") for stage, took in seconds.items()),
        ("training, all stages", f"{sum(seconds.values()):.0f} s"),
        ("a year of M15, the whole chain, warm", f"{whole:.2f} s"),
        *new_bar.rows_of(config, prepared, bundle),
    ]


def _timed(seconds: dict[str, float]) -> Callable[[str], Iterator[Callable[[str, float], None]]]:
    @contextmanager
    def timed(stage: str) -> Iterator[Callable[[str, float], None]]:
        began = time.perf_counter()
        yield lambda _text, _share: None
        seconds[stage] = time.perf_counter() - began

    return timed
