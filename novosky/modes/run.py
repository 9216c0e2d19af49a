"""`mode=run`: the whole job, data -> train -> backtest -> report."""

from __future__ import annotations

import time
from pathlib import Path

from novosky.backtest.evaluate import refuse_closed
from novosky.backtest.prepare import prepare
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.modes.backtest import backtest
from novosky.modes.outcome import ModeResult
from novosky.modes.screen import near, say
from novosky.modes.train import train


def run(config: Config, run_dir: Path) -> ModeResult:
    started = time.time()
    refuse_closed(config)
    prepared = prepare(config)
    say(f"data      {len(prepared.bars)} bars of {prepared.bars.symbol}, snapshot {prepared.market.snapshot.name}")
    bundle, seconds = train(config, prepared)
    for stage, facts in bundle.facts.items():
        say(
            f"train     {stage}: {facts['train']['rows']} rows, {seconds[stage]:.0f} s, "
            f"manifest {bundle.hashes[stage][:12]}"
        )
    say(f"backtest  window {config.window}")
    outcome = backtest(config, prepared, bundle, run_dir, started, Path(config.paths.train))
    say(f"next      open {near(run_dir / 'report.html')} in a browser" if config.report.html else "next")
    if config.data.source in GENERATED_SOURCES:
        say(
            "          uv run run.py mode=backtest prediction=original   the original's thresholds: few trades\n"
            "          uv run run.py experiment=real_btcusd data.path=YOUR.parquet   the same on your own bars"
        )
    else:
        say("          mode=backtest with the same data, news and broker settings judges this set again")
    return outcome
