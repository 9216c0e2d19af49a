"""The bot on the simulated terminal over some bars of a workspace, and the backtest's chain over the same bars."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from novosky.backtest.inputs import bar_arrays
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.window_chain import Traded, trade_window
from novosky.config.schema import Config
from novosky.evaluation.windows import Window
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.stages.voter_stage import VoterModel
from novosky.models.trees.calibration import Sigmoid
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.build import Ports, build_bot
from novosky.trading.bot.clock import ReplayClock
from novosky.trading.ledger.rows import Entry
from novosky.trading.ledger.store import Ledger
from novosky.trading.paper import paper_server
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.small_job import Workspace

START = 900  # bar of the first decision: the features are warm, and little history makes a quick start
BOT = "replayed"

M = TypeVar("M", bound=VoterModel)


@dataclass(frozen=True)
class Ground:
    """What a bot and its replay share."""

    config: Config
    prepared: Prepared
    bundle: Bundle

    @property
    def revision(self) -> str:
        return self.bundle.name[:12]

    def trade(self, n_bars: int) -> Traded:
        """The chain's trades where `n_bars` are decided on and one more happens."""
        return trade_window(self.config, self.prepared, self.bundle, Window("ledger", START, START + n_bars + 1))


def ground_of(job: Workspace, *overrides: str, lean: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Ground:
    config = job.compose(*job.overrides("mode=audit", "trade.kill_file=''", "trade.watch_s=900", *overrides))
    prepared = prepare(config)
    names = prepared.features.names
    bundle = load_bundle(Path(config.paths.train), enabled_stages(config.stage), names, feature_hash(names))
    return Ground(config, prepared, outspoken(bundle, lean))


@dataclass
class Live:
    """One account at its server, and the ledger of the bot that trades it; bots come and go."""

    ground: Ground
    server: SimulatedServer
    ledger: Ledger
    wrap: Callable[[Terminal], Terminal] = lambda terminal: terminal

    def run(self, n_bars: int, before_bar: Callable[[Bot], None] = lambda bot: None) -> list[Entry]:
        """Start, decide on `n_bars` bars, stop; `before_bar` is called before each of them. All rows so far."""
        ground = self.ground
        terminal = self.wrap(SimulatedTerminal(self.server))
        ports = Ports(terminal, ReplayClock(self.server), self.ledger, lambda kind, level, text: None)
        bot = build_bot(ground.config, ground.bundle, ground.prepared.event_ms, ground.revision, ports)
        bot.start()
        for number in range(1, n_bars + 1):
            before_bar(bot)
            while bot.bars_decided < number:
                if not bot.step():
                    bot._wait()
        return self.ledger.entries()


def live_bot(ground: Ground, url: str = "sqlite://", slipped: Mapping[int, float] | None = None) -> Live:
    """A bot that has not started, at a server that has begun the bar after the first to decide on.

    `slipped`: bar -> by how much its market orders fill worse than the settings say.
    """
    bars, config = ground.prepared.bars, ground.config
    arrays = bar_arrays(bars, config)
    for bar, price in (slipped or {}).items():
        arrays.slippage[bar] += price
    server = paper_server(config, bars, arrays, int(bars.time_ms[START + 1]))
    return Live(ground, server, Ledger(url, BOT))


def outspoken(bundle: Bundle, lean: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Bundle:
    """The voters without their calibration, which on a market without an edge leaves next to nothing of what they say.

    So that both sides, exits and additions come up; what that earns is not the question. `lean` is added to the
    position voters' log-odds of EXIT, HOLD and ADD.
    """
    assert bundle.position is not None
    hashes = {name: f"{digest} outspoken" for name, digest in bundle.hashes.items()}
    return replace(
        bundle, signal=_uncalibrated(bundle.signal), position=_uncalibrated(bundle.position, lean), hashes=hashes
    )


def _uncalibrated(model: M, lean: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> M:
    *earlier, last = model.out_of_fold.calibrators
    plain = tuple(Sigmoid(np.ones(3), np.array(lean)) for _ in last)
    return replace(model, out_of_fold=replace(model.out_of_fold, calibrators=(*earlier, plain)))
