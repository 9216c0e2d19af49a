"""A month of bars through the whole bot: terminal, chain, orders, ledger on the disk."""

from __future__ import annotations

import resource
import tempfile
from pathlib import Path

import numpy as np

from benchmarks.new_bar import BARS, CONF, untimed
from novosky.backtest.inputs import bar_arrays
from novosky.backtest.prepare import prepare
from novosky.backtest.training import train_stages
from novosky.config.compose import compose_config
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.build import Ports, build_bot
from novosky.trading.bot.clock import ReplayClock
from novosky.trading.ledger.store import Ledger
from novosky.trading.paper import paper_server
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal

DAYS, BARS_A_DAY = 30, 96


def run() -> list[tuple[str, str]]:
    """Trees of the default sizes; the bars of `sweep`, 30 days of M15, replayed without waiting."""
    with tempfile.TemporaryDirectory() as folder:
        config = compose_config(
            CONF, ["mode=train", f"data.bars={BARS}", f"paths.data={folder}/data", f"paths.train={folder}/train"]
        )
        prepared = prepare(config)
        bundle = train_stages(config, prepared, untimed)
        first = prepared.windows["sweep"].start
        bars = prepared.bars.slice(0, first + DAYS * BARS_A_DAY + 1)
        server = paper_server(config, bars, bar_arrays(bars, config), int(bars.time_ms[first + 1]))
        with Ledger(f"sqlite:///{folder}/ledger.sqlite", "benchmark") as ledger:
            ports = Ports(SimulatedTerminal(server), ReplayClock(server), ledger, lambda *_: None)
            bot = build_bot(config, bundle, prepared.event_ms, "benchmark", ports)
            bot.is_over = lambda: server.market.exhausted
            cycles, memory = _replay(bot)
            on_disk = Path(folder, "ledger.sqlite").stat().st_size
    return [
        (f"{len(cycles)} bars, {int(bot.session.book.book.trades)} trades, all four models", f"{sum(cycles):.1f} s"),
        (
            "a cycle, ledger on the disk included, median; 99th percentile",
            f"{np.median(cycles) * 1e3:.2f} ms; {np.quantile(cycles, 0.99) * 1e3:.2f} ms",
        ),
        ("peak memory after 10, 20 and 30 days", "; ".join(f"{mb} MB" for mb in memory)),
        ("ledger", f"{on_disk / 1e6:.1f} MB"),
    ]


def _replay(bot: Bot) -> tuple[list[float], list[int]]:
    """Seconds of each bar's cycle, and the peak of the memory after each third."""
    cycles: list[float] = []
    memory: list[int] = []

    def each() -> None:
        cycles.append(bot.cycle_s)
        if len(cycles) % (DAYS * BARS_A_DAY // 3) == 0:
            memory.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

    bot.run(each)
    return cycles, memory
