"""Many settings on one window by one model set: bars, features and predictions are made once, the rest anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from novosky.backtest.evaluate import Evaluation, choose_window, judge_traded
from novosky.backtest.judge import Judged
from novosky.backtest.looking import record
from novosky.backtest.prepare import Prepared
from novosky.backtest.window_chain import signal_answers, trade_window
from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.evaluation.daily import daily_r
from novosky.evaluation.looks import Look
from novosky.evaluation.windows import Window
from novosky.execution.records import Floats
from novosky.models.bundle.bundle import Bundle
from novosky.search.proposals import proposals
from novosky.search.setting import Setting, with_setting
from novosky.search.sweep_space import Dimension

Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """A setting and what it gave; `daily` R of the window's days, (n_days,), sizes as in the reference score."""

    setting: Setting
    config: Config
    judged: Judged
    look: Look
    daily: Floats

    @property
    def score(self) -> float:
        return self.judged.reference.value


@dataclass(frozen=True, slots=True)
class Sweep:
    """`tried` holds each distinct configuration once, the current one first; `forbidden`: settings that rules forbid,
    with the rule that spoke."""

    window: Window
    tried: list[Tried]
    forbidden: list[tuple[Setting, str]]
    proposed: int

    def best(self) -> int:
        """Highest reference score; among equals the current setting, else the one tried first."""
        return int(np.argmax([one.score for one in self.tried]))

    def daily(self) -> Floats:
        """(n_days, n_tried)."""
        return np.stack([one.daily for one in self.tried], axis=1)


class _Judge:
    """Judges settings; a configuration that was judged before is not judged, and not looked at, again."""

    def __init__(self, config: Config, prepared: Prepared, bundle: Bundle) -> None:
        self.config, self.prepared, self.bundle = config, prepared, bundle
        self.window = choose_window(config, prepared, bundle)
        self.known: dict[str, Tried] = {}
        self.forbidden: list[tuple[Setting, str]] = []
        self.answers = signal_answers(config, prepared, bundle, self.window)

    def __call__(self, setting: Setting) -> float | None:
        try:
            config = with_setting(self.config, setting)
            name = fingerprint(config).whole
            if name not in self.known:
                self.known[name] = self._tried(setting, config)
        except ConfigError as error:
            self.forbidden.append((setting, str(error)))
            return None
        return self.known[name].score

    def _tried(self, setting: Setting, config: Config) -> Tried:
        started = time.time()
        prepared, bundle, window = self.prepared, self.bundle, self.window
        traded = trade_window(config, prepared, bundle, window, self.answers)
        judged = judge_traded(config, prepared, bundle, window, traded)
        balance = config.account.balance
        look = record(
            config, prepared, bundle, Evaluation(judged, {}, {}, traded.threshold, traded.wishes, balance), started
        )
        trades = judged.simulation.trades
        mean = 1.0 if bundle.risk is None else bundle.risk.mean_multiplier
        daily = daily_r(trades, prepared.bars.time_ms, trades["risk_multiplier"] / mean, window)
        return Tried(setting, config, judged, look, daily)


def sweep(config: Config, prepared: Prepared, bundle: Bundle, space: list[Dimension], progress: Progress) -> Sweep:
    """Judge the current setting and what `config.sweep` proposes; each look is in the ledger when this returns.

    Raises ConfigError where rules forbid every setting.
    """
    judge = _Judge(config, prepared, bundle)
    judge({})
    proposed = _count(proposals(space, config.sweep, config.seed, judge), config.sweep.trials, progress)
    if len(judge.forbidden) == proposed:
        raise ConfigError(f"sweep.space: rules forbid each of {proposed} settings; the first: {judge.forbidden[0][1]}")
    return Sweep(judge.window, [*judge.known.values()], judge.forbidden, proposed)


def _count(judged: Iterable[float | None], most: int, progress: Progress) -> int:
    """Work through them; only their number is shown, for no look may be seen before all are taken."""
    count = 0
    for count, _ in enumerate(judged, 1):
        progress(f"{count} settings", min(1.0, count / most))
    return count
