"""Bots on paper: one simulated server over a window of the small job, and as many lives of a bot as a test wants."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from novosky.backtest.inputs import bar_arrays
from novosky.backtest.prepare import Prepared, prepare
from novosky.backtest.window_chain import Traded, trade_window
from novosky.config.schema import Config
from novosky.execution.codes import EXIT_NAMES, WINDOW_END
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.trading.bot.bot import Bot
from novosky.trading.bot.build import Ports, build_bot
from novosky.trading.bot.clock import ReplayClock
from novosky.trading.bot.operator import Operator
from novosky.trading.ledger.rows import Decision, Entry, Event
from novosky.trading.ledger.store import Ledger
from novosky.trading.ledger.trades import live_trades
from novosky.trading.notices.notes import Notes
from novosky.trading.paper import paper_server
from novosky.trading.telegram.commands import Commands
from novosky.trading.terminal.port import Terminal
from novosky.trading.terminal.records import Position
from novosky.trading.terminal.simulated.server import SimulatedServer
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.small_job import Workspace

# Exits by the small job's position model are many; without them trades live long enough for the other rules.
LONG_LIVED = "prediction.exit_threshold=0.99"


@dataclass
class Paper:
    """`bars` bars of the sweep window; each `bot()` is another life beside the same server and ledger file."""

    config: Config
    prepared: Prepared
    bundle: Bundle
    bars: int
    folder: Path
    server: SimulatedServer = field(init=False)
    told: list[tuple[str, str, str]] = field(default_factory=list)
    commands: Commands = field(default_factory=Commands)

    def __post_init__(self) -> None:
        window = self.prepared.windows["sweep"]
        self.window = window._replace(stop=window.start + self.bars)
        bars = self.prepared.bars.slice(0, self.window.stop)
        self.server = paper_server(
            self.config, bars, bar_arrays(bars, self.config), int(bars.time_ms[window.start + 1])
        )

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder / 'ledger.sqlite'}"

    def bot(self, terminal: Terminal | None = None, **settings: Any) -> Bot:
        """A bot that has not started; `settings` replace its own."""
        ports = Ports(
            terminal or SimulatedTerminal(self.server),
            ReplayClock(self.server),
            Ledger(self.url, "paper"),
            lambda *notice: self.told.append(notice),
        )
        bot = build_bot(self.config, self.bundle, self.prepared.event_ms, "small", ports)
        bot.session.settings = replace(bot.session.settings, **settings)
        bot.operator = Operator(bot.session, self.commands, Notes(), "USD")
        bot.is_over = lambda: self.server.market.exhausted
        return bot

    def live(self, stop: Callable[[Bot], bool] = lambda _: False, **settings: Any) -> Bot:
        """One life: until `stop` says so after a cycle, or the replay is over."""
        bot = self.bot(**settings)
        bot.run(lambda: bot.stop("the test says so") if stop(bot) else None)
        bot.session.ledger.close()
        return bot

    def entries(self) -> list[Entry]:
        with Ledger(self.url, "paper") as ledger:
            return ledger.entries()

    def held(self) -> list[Position]:
        """What is open at the server."""
        return [self.server.account.position(k) for k in range(self.server.account.open)]

    def expected(self) -> Traded:
        """The backtest of the same bars."""
        return trade_window(self.config, self.prepared, self.bundle, self.window)

    def rows(self, kind: type[Any]) -> list[Any]:
        return [entry.row for entry in self.entries() if isinstance(entry.row, kind)]

    def events(self, name: str) -> list[Event]:
        return [row for row in self.rows(Event) if row.name == name]

    def decisions(self) -> list[Decision]:
        return self.rows(Decision)

    def trades(self) -> list[tuple[Any, ...]]:
        """Closed trades of the ledger: entry and exit bar, side, lots, entry, average exit, costs, net, reason."""
        bars = self.prepared.bars
        first, length = int(bars.time_ms[0]), bars.timeframe_ms
        rows = [
            (
                (trade.opened_ms - first) // length, (trade.closed_ms - first) // length, trade.side,
                round(trade.volume, 6), round(trade.entry_price, 6), round(trade.exit_price, 6),
                round(trade.commission, 2), round(trade.swap, 2), round(trade.net, 2), trade.exit_reason,
            )
            for trade in live_trades(self.entries()).closed
        ]  # fmt: skip
        return sorted(rows, key=lambda row: row[:4])

    def backtested(self) -> list[tuple[Any, ...]]:
        """The backtest's trades in the same form, what the window's end closed left out."""
        rows = []
        for row in self.expected().simulation.trades:
            if row.exit_reason == WINDOW_END:
                continue
            rows.append((
                int(row.entry_bar), int(row.exit_bar), int(row.side), round(float(row.volume_lots), 6),
                round(float(row.entry_price), 6), round(float(row.exit_price), 6), round(float(row.commission), 2),
                round(float(row.swap), 2), round(float(row.net), 2), EXIT_NAMES[int(row.exit_reason)],
            ))  # fmt: skip
        return sorted(rows, key=lambda row: row[:4])


def paper_of(job: Workspace, folder: Path, bars: int, *overrides: str) -> Paper:
    """A replay of the small job's models."""
    folder.mkdir(parents=True, exist_ok=True)
    history = "trade.history_bars=500000"  # the features begin where the backtest's do
    kill = f"trade.kill_file={folder / 'KILL'}"
    config = job.compose(*job.overrides("mode=trade", f"models={job.train}", history, kill, *overrides))
    prepared = prepare(config)
    names = prepared.features.names
    bundle = load_bundle(Path(config.paths.train), enabled_stages(config.stage), names, feature_hash(names))
    return Paper(config, prepared, bundle, bars, folder)
