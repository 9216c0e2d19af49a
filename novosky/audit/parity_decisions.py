"""The batch backtest against the same chain with one bar at a time: each step is given nothing that comes later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from novosky.audit.finding import FAIL, PASS, Finding, differs
from novosky.audit.look_ahead_decisions import decided_stretch
from novosky.audit.parity_features import streamed
from novosky.audit.subject import Subject
from novosky.backtest.decisions import decide_bars
from novosky.backtest.inputs import bar_arrays, contract_of, rules_of
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import Traded, bracket_table, segments_of, spread_votes
from novosky.evaluation.windows import Window
from novosky.execution.codes import NO_WISH
from novosky.execution.loop import close_at_end
from novosky.execution.records import Floats, new_book, new_log
from novosky.execution.series import BarArrays, Intents
from novosky.execution.terms import as_record
from novosky.models.bundle.bundle import Bundle
from novosky.models.decision.loop import run_chain
from novosky.models.decision.vote import judge, vote

MEND = "batch and bar-by-bar must be one function of the bars so far: look for a value taken over the whole window"


class Stepped(NamedTuple):
    """What came of deciding bar by bar; `intents` over all bars, the rest over the window."""

    intents: Intents
    equity: Floats
    verdicts: NDArray[np.int16]
    wishes: NDArray[np.int8]
    trades: NDArray[Any]


def parity_decisions(subject: Subject, bundle: Bundle) -> Finding:
    """Intents, wishes, verdicts, equity and trades at the beginning of the window `sweep`."""
    prepared, window, first = decided_stretch(subject, subject.effort.stepped_bars)
    batch = subject.trade(subject.config, prepared, bundle, window)
    stepped = step_by_step(subject, prepared, bundle, window)
    span = slice(window.start, window.stop)
    parts: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        f"intent: {name}": (getattr(batch.intents, name)[span], getattr(stepped.intents, name)[span])
        for name in ("side", "verdict", "confidence", "sl_atr", "tp_atr")
    }
    parts["wishes"] = batch.wishes, stepped.wishes
    parts["verdicts"] = batch.simulation.verdicts, stepped.verdicts
    parts["equity"] = batch.simulation.equity, stepped.equity
    unequal = {what: differs(left, right) for what, (left, right) in parts.items()}
    counts = {what: int(flags.sum()) for what, flags in unequal.items() if flags.any()}
    if counts or not same_trades(batch, stepped):
        counts = counts or {"trades": 1}
        told = ", ".join(f"{what} ({count} bars)" for what, count in counts.items())
        place = min((int(np.argmax(flags)) for flags in unequal.values() if flags.any()), default=0)
        where = subject.when(first + window.start + place)
        return Finding(FAIL, f"batch and bar by bar differ: {told}", where, MEND, counts)
    n, trades = window.stop - window.start, len(stepped.trades)
    return Finding(PASS, f"{n:,} bars decided one at a time, {trades} trades: all equal", details={"trades": trades})


def same_trades(batch: Traded, stepped: Stepped) -> bool:
    return batch.simulation.trades.tobytes() == stepped.trades.tobytes()


def step_by_step(subject: Subject, prepared: Prepared, bundle: Bundle, window: Window) -> Stepped:
    """Stream the features, vote, bracket, gate and step the core, one bar at a time."""
    config, bars = subject.config, prepared.bars
    rows = streamed(subject, bars, prepared.event_ms).astype(np.float32)
    n = len(bars)
    arrays, intents = _blank(bar_arrays(bars.slice(0, 1), config), n), _blank_intents(n)
    contract = as_record(contract_of(config.broker, config.account, config.execution))
    rules = rules_of(config.execution, config.profile, config.account)
    book, log, terms = new_book(config.account.balance), new_log(window.stop - window.start, rules), as_record(rules)
    equity, verdicts = np.full(n, np.nan), np.zeros(n, np.int16)
    wishes, x = np.full(n, NO_WISH, np.int8), np.full(rows.shape, np.nan, np.float32)
    models = segments_of(config, bundle, window)[0].models
    threshold = bundle.signal.threshold(config.prediction)
    for t in range(window.start, window.stop):
        x[t] = rows[t]
        known = replace(
            prepared,
            market=replace(prepared.market, bars=bars.slice(0, t + 1)),
            x=x[: t + 1],
            finer=prepared.finer._replace(first=prepared.finer.first[: t + 2]),
        )
        _copy_last(decide_last(subject, known, bundle, window.name, threshold), intents, t)
        _copy_last(bar_arrays(known.bars, config), arrays, t)
        run_chain(
            book, arrays, known.finer, t, t + 1, intents, x, models, contract, terms, log, equity, verdicts, wishes
        )
    close_at_end(book, arrays, window.stop - 1, contract, log, equity, verdicts)
    span = slice(window.start, window.stop)
    return Stepped(intents, equity[span], verdicts[span], wishes[span], log.trades[: log.written[0]])


def decide_last(subject: Subject, known: Prepared, bundle: Bundle, window: str, threshold: float) -> Intents:
    """The intents of bars of which only the last has a vote."""
    config, n = subject.config, len(known.bars)
    probabilities = bundle.signal.predict_all(known.x[-1:], 1)
    votes = judge(vote(probabilities[bundle.signal.kept], config.prediction), config.prediction, threshold)
    spread = spread_votes(votes, np.array([n - 1]), n)
    brackets = bracket_table(config, known, bundle, spread, Window(window, n - 1, n))
    arrays = bar_arrays(known.bars, config)
    clock = config.broker.clock
    return decide_bars(known.bars, arrays, known.event_ms, spread, brackets, config.execution, clock)


def _blank(like: BarArrays, n: int) -> BarArrays:
    """Columns in which the future is no number."""
    return BarArrays(*(np.full(n, np.nan if column.dtype.kind == "f" else 0, column.dtype) for column in like))


def _blank_intents(n: int) -> Intents:
    nothing, full = np.full(n, np.nan), np.ones(n)
    return Intents(
        np.zeros(n, np.int8), np.zeros(n, np.int16), nothing, nothing.copy(), nothing.copy(), full, np.zeros(n, np.int8)
    )


def _copy_last(known: BarArrays | Intents, into: BarArrays | Intents, t: int) -> None:
    for name in known._fields:
        getattr(into, name)[t] = getattr(known, name)[-1]
