"""What a run of the bot leaves: `result.json`, `trades.csv`, a short table."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy.engine import make_url

from novosky.backtest.result_file import SCHEMA_VERSION
from novosky.backtest.trades_file import MORE_DECIMALS, UTC_MS, write_rows
from novosky.config.schema import Config
from novosky.modes.blocks import fingerprints_block
from novosky.modes.screen import near, say, show_table
from novosky.trading.bot.bot import Bot
from novosky.trading.ledger.engine import shown
from novosky.trading.ledger.trades import LiveTrade, Trades, live_trades

SHOWN = ("revision", "bars_decided", "trades", "open_positions")


def trade_result(config: Config, bot: Bot, url: str, reason: str, run_dir: Path) -> dict[str, Any]:
    """The result; the trades that the whole ledger holds are written beside it."""
    session = bot.session
    trades = live_trades(session.ledger.entries())
    if trades.closed:
        write_rows(run_dir / "trades.csv", _frame(trades, config.broker.digits))
    book = session.book
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "trade",
        "summary": f"Stopped: {reason}.",
        "revision": session.settings.revision,
        "terminal": config.terminal.kind,
        "dry": config.trade.dry,
        "bot": session.ledger.bot,
        "ledger": shown(make_url(url)),
        "bars_decided": bot.bars_decided,
        "trades": len(trades.closed),
        "net": round(sum(trade.net for trade in trades.closed), 2),
        "open_positions": len(book.tickets),
        "balance": float(book.book.balance),
        "equity": float(book.book.equity),
        "guards": list(session.board.holding),
        "parity": asdict(bot.days.so_far),
        "fingerprints": fingerprints_block(config),
    }


def _frame(trades: Trades, digits: int) -> pl.DataFrame:
    """A row a closed trade: UTC, quote and account currency."""
    columns = {name: [getattr(trade, name) for trade in trades.closed] for name in LiveTrade.__dataclass_fields__}
    columns["side"] = ["BUY" if side > 0 else "SELL" for side in columns["side"]]
    return pl.DataFrame(columns).with_columns(
        pl.col("opened_ms", "closed_ms").cast(UTC_MS).name.map(lambda name: name.replace("_ms", "_time")),
        pl.col("entry_price", "exit_price").round(digits + MORE_DECIMALS),
        pl.col("net", "charges", "profit", "commission", "swap").round(2) + 0.0,  # no minus before a zero
    ).drop("opened_ms", "closed_ms")  # fmt: skip


def show_trade(result: dict[str, Any], bot: Bot, run_dir: Path) -> None:
    """The table on the screen."""
    rows = [(name, str(result[name])) for name in SHOWN]
    rows += [(name, f"{result[name]:.2f}") for name in ("balance", "equity")]
    rows.append(("beside the core", bot.days.so_far.words(0.0)))
    show_table(f"trade, {result['terminal']}", rows)
    say(result["summary"])
    say(f"result: {near(run_dir)}")
