"""Does the bot trade what was backtested? Real bars and a trained set, on the simulated terminal, under several rules.

`python -m campaigns parity --length 5000 --set data=btcusd_m15 data.path=FILE models=PATH ...`
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from novosky.backtest.inputs import bar_arrays
from novosky.backtest.prepare import prepare
from novosky.config.compose import compose_config
from novosky.config.registry import CONF
from novosky.execution.codes import DEAL_ADD, DEAL_PARTIAL, MOVED_STOP
from novosky.features.build import feature_hash
from novosky.models.bundle.bundle import enabled_stages, load_bundle
from novosky.models.revision.promoted import models_root
from novosky.trading.bot.build import Ports, build_bot
from novosky.trading.bot.clock import ReplayClock
from novosky.trading.ledger.store import Ledger
from novosky.trading.paper import paper_server
from novosky.trading.replay.answer import Answer, replayed
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal

RULES = {
    "as configured": (),
    "partial closes, moved stops": (
        "execution.partial_r=0.4", "execution.breakeven_r=0.6", "execution.trail_start_r=0.8",
        "execution.trail_atr=1.0", "execution.max_positions=2",
    ),
    "several positions, reversal": (
        "execution.max_positions=4", "execution.max_adds=2", "execution.on_opposite=reverse",
        "prediction.add_threshold=0.4",
    ),
    "netting": (
        "account.position_mode=netting", "execution.max_adds=2", "execution.partial_r=0.5",
        "prediction.add_threshold=0.4",
    ),
    "equity filter, breakers": (
        "execution.equity_filter_drawdown_r=3", "execution.max_consecutive_losses=3", "execution.max_positions=2",
    ),
    "slippage, short holding": (
        "execution.slippage=random", "execution.slippage_price=2", "execution.on_opposite=close",
        "execution.max_hold_bars=6",
    ),
}  # fmt: skip


class Row(NamedTuple):
    """One set of rules."""

    rules: str
    answer: Answer
    seconds: float


def parity(overrides: Sequence[str], n_bars: int) -> str:
    """Markdown; every trade and every bot's book must be the backtest's."""
    rows = [_traded(name, rules, overrides, n_bars) for name, rules in RULES.items()]
    lines = [
        "| rules | bars | trades | equal | additions | partial closes | moved stops | first causes | s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        answer, deals = row.answer, row.answer.traded.simulation.deals["kind"].tolist()
        exits = answer.traded.simulation.trades["exit_reason"].tolist()
        equal = sum(not pair.parts for pair in answer.pairs)
        more = deals.count(DEAL_ADD) + int(answer.traded.simulation.trades["is_add"].sum())
        causes = ", ".join(f"{name} {count}" for name, count in answer.counts().items()) or "none"
        lines.append(
            f"| {row.rules} | {answer.decisions} | {len(answer.pairs)} | {equal} | {more} | "
            f"{deals.count(DEAL_PARTIAL)} | {exits.count(MOVED_STOP)} | {causes} | {row.seconds:.0f} |"
        )
        print(lines[-1], flush=True)
    return "\n".join(lines) + "\n"


def _traded(name: str, rules: Sequence[str], overrides: Sequence[str], n_bars: int) -> Row:
    """The bot over the first bars of the window that is configured, and its ledger replayed."""
    began = time.time()
    always = ("mode=trade", "trade.history_bars=500000", "trade.watch_s=900", "trade.kill_file=outputs/parity/KILL")
    config = compose_config(CONF, [*always, *rules, *overrides])
    prepared = prepare(config)
    names = prepared.features.names
    bundle = load_bundle(models_root(config), enabled_stages(config.stage), names, feature_hash(names))
    window = prepared.windows[config.window]
    bars = prepared.bars.slice(0, min(window.stop, window.start + n_bars + 1))
    server = paper_server(config, bars, bar_arrays(bars, config), int(bars.time_ms[window.start + 1]))
    revision = bundle.name[:12]
    with Ledger("sqlite://", "parity") as ledger:
        ports = Ports(SimulatedTerminal(server), ReplayClock(server), ledger, lambda kind, level, text: None)
        bot = build_bot(config, bundle, prepared.event_ms, revision, ports)
        bot.is_over = lambda: server.market.exhausted
        bot.run()
        answer = replayed(config, prepared, bundle, ledger.entries(), {revision})
    return Row(name, answer, time.time() - began)
