"""When the position model would leave a trade that nothing else ends: what the sltp stage's targets need."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from novosky.execution.brackets import bracket_levels, entry_price
from novosky.execution.compiled import compiled
from novosky.execution.position import POSITION_FEATURES, position_state
from novosky.labels.paths import Entries, LabelBars
from novosky.labels.position_states import EXIT
from novosky.market.bars import Floats, Ints
from novosky.models.classes import N_CLASSES, Inputs
from novosky.models.decision.exit_rule import ExitRule, position_wish
from novosky.models.trees.ensemble import Ensemble, ensemble_row

N_STATE = len(POSITION_FEATURES)


def exit_bars(
    ensemble: Ensemble, rule: ExitRule, x: Inputs, entries: Entries, stop_atr: Floats, bars: LabelBars, threads: int
) -> Ints:
    """The first bar at whose close the model says EXIT, shape (entries, stops); n_bars where it never does.

    `x` (n_bars, features) are the market's features; `stop_atr` (entries, stops) the stops to hold the trade
    with, which the state's R multiple depends on.
    """
    found = np.full(stop_atr.shape, len(bars.open), np.int64)
    parts = np.array_split(np.arange(len(entries.decision)), max(1, threads))

    def follow(part: Ints) -> None:
        if len(part):
            some = slice(int(part[0]), int(part[-1]) + 1)
            chosen = Entries(entries.decision[some], entries.side[some])
            _follow(ensemble, rule, x, chosen, stop_atr[some], bars, found[some])

    with ThreadPoolExecutor(max(1, threads)) as pool:
        list(pool.map(follow, parts))
    return found


@compiled
def _follow(
    ensemble: Ensemble,
    rule: ExitRule,
    x: Inputs,
    entries: Entries,
    stop_atr: Floats,
    bars: LabelBars,
    found: Ints,
) -> None:
    n_features, n_voters = x.shape[1], len(ensemble.link)
    row = np.empty(n_features + N_STATE, np.float32)
    probabilities = np.empty((n_voters, N_CLASSES))
    for k in range(len(entries.decision)):
        t, side = entries.decision[k], entries.side[k]
        first = t + 1
        entry = entry_price(side, bars.open[first], bars.spread[first])
        for j in range(stop_atr.shape[1]):
            stop, _ = bracket_levels(side, entry, stop_atr[k, j] * bars.atr[t], bars.atr[t], bars.tick_size)
            risk = abs(entry - stop)
            for s in range(first + rule.min_bars_held - 1, min(first + bars.horizon - 1, len(bars.open) - 1)):
                row[:n_features] = x[s]
                state = position_state(side, entry, risk, first, s, bars.close[s], bars.spread[s], rule.horizon_bars)
                for i in range(N_STATE):
                    row[n_features + i] = state[i]
                ensemble_row(ensemble, row, probabilities)
                if position_wish(probabilities, n_voters, rule) == EXIT:
                    found[k, j] = s
                    break
                closing = bars.low[s] if side > 0 else bars.high[s] + bars.spread[s]
                if (closing - stop) * side <= 0.0:
                    break
