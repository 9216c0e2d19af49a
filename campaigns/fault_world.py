"""A small world for a bot: a replayed market at a simulated server, and a decision chain that costs nothing.

The chain draws its decisions from the plan's seed and the bar's time, so that a bot that starts anew decides the same.
All else is the product: series, book, guards, ledger, reconciliation, sending.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from campaigns.fault_hands import by_hand
from novosky.backtest.inputs import bar_arrays, contract_of, rules_of
from novosky.config.compose import compose_config
from novosky.config.schema import Config
from novosky.errors import NovoskyError
from novosky.execution.codes import NO_VOTE, NO_WISH, OPENED, WISH_ADD, WISH_EXIT
from novosky.execution.gates import GateInputs
from novosky.execution.series import Intent
from novosky.market.bars import Bars
from novosky.models.decision.exit_rule import exit_rule
from novosky.models.decision.kelly_size import full_size
from novosky.models.decision.loop import Deciders
from novosky.models.decision.vote import Votes
from novosky.models.trees.ensemble import no_ensemble
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.broker import Broker
from novosky.trading.bot.build import settings_of
from novosky.trading.bot.chain import Decided
from novosky.trading.bot.clock import Clock
from novosky.trading.bot.series import ClosedBar
from novosky.trading.bot.session import Session, Tell
from novosky.trading.ledger.store import Ledger
from novosky.trading.paper import paper_server
from novosky.trading.terminal import retcodes
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.simulated.server import SimulatedServer

CONF = Path(__file__).resolve().parents[1] / "conf"
HISTORY, WEEK = 610, 672
M5_MS, M15_MS = 300_000, 900_000
STARTS_MS = (1_704_067_200_000, 1_709_510_400_000, 1_729_728_000_000)  # two of them cross a change of the clocks
FOREIGN_MAGIC = 4242
ENTERS, WISHES = 0.2, 0.05  # of the bars
BOT, REVISION = "campaign", "drawn"

USUAL = (
    "mode=trade", "news=none", "broker.spread=2.0", "account.balance=100000", "profile=1",
    f"trade.history_bars={HISTORY}", "trade.kill_file=/nowhere/KILL", "trade.magic=7001", "trade.watch_s=180",
)  # fmt: skip
UTC = "broker.clock=utc"
VARIANTS = (
    ("execution.max_hold_bars=12", "trade.watch_s=60"),
    ("execution.max_hold_bars=14", "execution.max_positions=3", "execution.on_opposite=close", UTC),
    ("execution.max_hold_bars=16", "execution.trail_start_r=0.3", "execution.trail_atr=1.0", "execution.partial_r=0.4",
     UTC),
    ("execution.max_hold_bars=16", "execution.breakeven_r=0.3", "execution.on_opposite=reverse", UTC),
    ("execution.max_hold_bars=16", "execution.max_positions=2", "execution.partial_r=0.3", "execution.trail_atr=0.8",
     "execution.trail_start_r=0.2", UTC),
    ("account.position_mode=netting", "execution.max_adds=2", "execution.max_hold_bars=14",
     "execution.partial_r=0.4", "execution.trail_start_r=0.5", "execution.trail_atr=1.0", UTC),
)  # fmt: skip


@cache
def variant(number: int) -> Config:
    """One of the configurations that the plans take turns in."""
    return compose_config(CONF, [*USUAL, *VARIANTS[number % len(VARIANTS)]])


@dataclass(frozen=True)
class Market:
    """Bars and the finer ones inside; the bot begins at `first`."""

    bars: Bars
    finer: Bars
    first: int

    @property
    def start_ms(self) -> int:
        return int(self.bars.time_ms[self.first]) + 5_000


def drawn_market(seed: int, n_bars: int) -> Market:
    """A random walk in steps of five minutes, told as fifteen; the bot sees `n_bars` after its history."""
    rng = np.random.default_rng(seed)
    n = (HISTORY + n_bars + 2) * 3
    close = np.round(60_000.0 * np.exp(np.cumsum(rng.normal(0.0, 0.0012, n))), 2)
    opened = np.append(60_000.0, close[:-1])
    reach = np.abs(rng.normal(0.0, 0.0004, (2, n))) * close
    high, low = np.round(np.maximum(opened, close) + reach[0], 2), np.round(np.minimum(opened, close) - reach[1], 2)
    times = STARTS_MS[seed % len(STARTS_MS)] + np.arange(n, dtype=np.int64) * M5_MS
    ones = np.ones(n)
    finer = Bars("BTCUSD", 5, 0.01, times, opened, high, low, close, ones * 50, ones * 200, ones * 0)
    each = [column.reshape(-1, 3) for column in (times, opened, high, low, close)]
    third = np.ones(n // 3)
    bars = Bars(
        "BTCUSD", 15, 0.01, each[0][:, 0].copy(), each[1][:, 0].copy(), each[2].max(axis=1), each[3].min(axis=1),
        each[4][:, 2].copy(), third * 150, third * 200, third * 0,
    )  # fmt: skip
    return Market(bars, finer, HISTORY)


def server_of(config: Config, market: Market) -> SimulatedServer:
    """The broker; on a hedging account a stranger holds a position in the symbol."""
    server = paper_server(config, market.bars, bar_arrays(market.bars, config), market.start_ms, market.finer)
    if config.account.position_mode == "hedging":
        opened = server.send(by_hand(1, 0.05, magic=FOREIGN_MAGIC))
        assert opened.retcode == retcodes.DONE
    return server


class DrawnChain:
    """Stands where the models stand; it has no features."""

    warmup_bars = HISTORY - 10
    threshold = 0.5
    constant_names = ()

    def __init__(self, seed: int, config: Config) -> None:
        self.seed = seed
        self.models = Deciders(no_ensemble(), exit_rule(config.prediction, config.labels.horizon_bars), full_size())

    def begin(self) -> None:
        """Nothing is carried from bar to bar."""

    def follow(self, bars: Bars) -> None:
        """Nor anything taken in."""

    def decide(self, closed: ClosedBar) -> Decided:
        draw = random.Random(f"{self.seed} {int(closed.bars.time_ms[0])}")
        side = draw.choice((-1, 1)) if draw.random() < ENTERS else 0
        verdict = OPENED if side else NO_VOTE
        wish = draw.choices((NO_WISH, WISH_EXIT, WISH_ADD), (1 - 2 * WISHES, WISHES, WISHES))[0]
        intent = Intent(side, verdict, 0.6, draw.uniform(0.8, 2.0), draw.uniform(0.8, 3.0), 1.0, wish)
        votes = Votes(np.array([side], np.int8), np.array([0.6]), np.array([0.2]), np.array([verdict], np.int16))
        arrays, true = closed.arrays, np.ones(1, np.bool_)
        far = np.full(1, 2**40, np.int64)
        seen = GateInputs(arrays.close, arrays.spread, arrays.atr, np.array([closed.ema200]), far, true, ~true)
        return Decided(intent, votes, seen, np.zeros(1, np.float32))


def drawn_bot(
    seed: int, config: Config, terminal: Terminal, clock: Clock, ledger: Ledger, tell: Tell, kind: type[Bot] = Bot
) -> Bot:
    """As `build_bot` does it, with the drawn chain."""
    chain = DrawnChain(seed, config)
    book = LiveBook(
        contract_of(config.broker, config.account, config.execution),
        rules_of(config.execution, config.profile, config.account), chain.models, 1,
    )  # fmt: skip
    broker = Broker(terminal, config.broker.symbol, 15, config.broker.clock)
    session = Session(broker, ledger, book, clock, settings_of(config, REVISION), tell)
    return kind(session, chain, config, config.broker.point)  # type: ignore[arg-type]


def settle_down(bot: Bot) -> None:
    """On a healthy connection, with the time that a lost answer is waited for."""
    bot.session.broker.terminal.initialize()
    for _ in range(4):
        bot._settle()
        bot.session.clock.wait(61_000)
    bot._settle()


def quietly(action: Callable[[], object]) -> str:
    """What stopped it short, in words; empty where nothing did."""
    try:
        action()
    except NovoskyError as error:
        return f"{type(error).__name__}: {error}"
    except Exception as error:
        return f"{type(error).__name__}: {error!r}"
    return ""
