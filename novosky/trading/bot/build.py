"""The bot from the configuration; what differs between paper and live comes in through terminal and clock."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from novosky.backtest.inputs import contract_of, rules_of
from novosky.config.schema import Config
from novosky.config.schema.trade import LIVE_LEDGER
from novosky.market.bars import Ints
from novosky.market.timeframes import timeframe_minutes
from novosky.models.bundle.bundle import Bundle
from novosky.trading.bot.book import LiveBook
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.broker import Broker
from novosky.trading.bot.chain import Chain
from novosky.trading.bot.clock import Clock
from novosky.trading.bot.session import Session, Tell
from novosky.trading.bot.settings import BotSettings
from novosky.trading.guards.market import MarketLimits
from novosky.trading.ledger.store import Ledger
from novosky.trading.reconcile.seen import Own
from novosky.trading.terminal.port import Terminal


@dataclass(frozen=True)
class Ports:
    """What is outside: a terminal, a clock, a ledger, somebody who is told."""

    terminal: Terminal
    clock: Clock
    ledger: Ledger
    tell: Tell


def build_bot(config: Config, bundle: Bundle, event_ms: Ints | None, revision: str, ports: Ports) -> Bot:
    """A bot that has not started; `event_ms` are the scheduled events that count, None without a calendar."""
    minutes = timeframe_minutes(config.data.timeframe)
    chain = Chain(config, bundle, event_ms, config.data.point, minutes)
    contract = contract_of(config.broker, config.account, config.execution)
    rules = rules_of(config.execution, config.profile, config.account)
    book = LiveBook(contract, rules, chain.models, len(config.features.names))
    broker = Broker(ports.terminal, config.broker.symbol, minutes, config.broker.clock)
    settings = settings_of(config, revision)
    session = Session(broker, ports.ledger, book, ports.clock, settings, ports.tell)
    return Bot(session, chain, config, config.data.point)


def settings_of(config: Config, revision: str) -> BotSettings:
    """The keys of `trade` as the bot reads them."""
    trade, broker = config.trade, config.broker
    own = Own(broker.symbol, trade.magic, trade.unknown, volume_step=broker.volume_step, tick_size=broker.tick_size)
    limits = MarketLimits(trade.stale_bars, round(trade.clock_drift_s * 1000), trade.spread_spike)
    return BotSettings(
        own=own,
        revision=revision,
        dry=trade.dry,
        history_bars=trade.history_bars,
        deviation_points=trade.deviation_points,
        enter_within_ms=round(trade.enter_within_s * 1000),
        poll_ms=round(trade.poll_s * 1000),
        watch_ms=round(trade.watch_s * 1000),
        kill_file=trade.kill_file,
        stop_after_bars=trade.stop_after_bars,
        constant_features=None if config.terminal.kind == "simulated" else tuple(trade.constant_features),
        parity_alarm_r=trade.parity_alarm_r,
        limits=limits,
    )


def ledger_url(config: Config, run_dir: Path) -> str:
    """Where the ledger lies: a replay's in its run's folder, since each begins anew."""
    if config.trade.ledger is not None:
        return config.trade.ledger
    is_replay = config.terminal.kind == "simulated"
    return f"sqlite:///{run_dir / 'ledger.sqlite'}" if is_replay else LIVE_LEDGER


def bot_name(config: Config, login: int) -> str:
    """Under which the ledger keeps this bot's rows."""
    trade = config.trade
    return trade.bot or f"{config.terminal.kind}-{login}-{config.broker.symbol}-{trade.magic}"
