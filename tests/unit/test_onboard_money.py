"""The money table: against slow years of plain Python, sizes by hand, and which profile is proposed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from novosky.backtest.terms import contract_of
from novosky.config.schema import Config
from novosky.config.schema.market import AccountConfig
from novosky.config.schema.trading import ProfileConfig
from novosky.errors import ConfigError, ModelCompatibilityError
from novosky.execution.terms import Contract
from novosky.models.revision.places import RevisionPlaces
from novosky.trading.onboarding.answers import Amount, Loss, Trades
from novosky.trading.onboarding.choice import choose, said_of_trades, unfit
from novosky.trading.onboarding.judged import Judged, read_judged
from novosky.trading.onboarding.money import (
    YEAR_DAYS,
    Meaning,
    granted_lots,
    load_profiles,
    meanings,
    minimum_of,
    profiles_for,
)
from support.judged_revision import TAG, judged_revision

R = (1.2, -1.0, 0.7, -1.0, -0.4, 1.5, -1.0, 0.9, -1.05, 1.1, 0.3, -1.0)
PROFILES = load_profiles()


@pytest.fixture(scope="module")
def config(compose: Callable[..., Config]) -> Config:
    return compose("broker=vt_markets", "data=planted")


@pytest.fixture(scope="module")
def contract(config: Config) -> Contract:
    return contract_of(config.broker, config.account, config.execution)


@pytest.fixture(scope="module")
def judged(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    found = read_judged(judged_revision(tmp_path_factory.mktemp("money"), config, R * 4, stop=400.0))
    assert found is not None
    return found


def account(balance: float) -> AccountConfig:
    return AccountConfig(balance=balance)


def table(judged: Judged, contract: Contract, balance: float, samples: int = 2000) -> dict[int, Meaning]:
    found = meanings(judged, PROFILES, account(balance), contract, samples, seed=1)
    return {row.number: row for row in found}


class SlowLife:
    """Stationary blocks, limits and drawdowns once more, in plain Python with another generator."""

    def __init__(self, days: list[list[float]], profile: ProfileConfig, random: np.random.Generator) -> None:
        self.days, self.random = days, random
        limits = (profile.daily_loss_pct, profile.weekly_loss_pct, profile.total_loss_pct)
        self.day_keeps, self.week_keeps, self.floor = (1.0 - pct / 100.0 for pct in limits)
        self.reached = {"day": False, "week": False, "total": False}
        self.equity = self.peak = 1.0
        self.fall, self.today = 0.0, 0

    def live(self, length: int) -> SlowLife:
        week_start = 1.0
        for number in range(length):
            begins = number == 0 or self.random.random() < 1.0 / 3.0  # 28 ** (1 / 3), rounded
            self.today = int(self.random.integers(28)) if begins else (self.today + 1) % 28
            if number % 7 == 0:
                week_start = self.equity
            if self.equity > week_start * self.week_keeps and not self.reached["total"]:
                self.trade(week_start)
        return self

    def trade(self, week_start: float) -> None:
        morning = self.equity
        for change in self.days[self.today]:
            self.equity *= 1.0 + change
            self.peak = max(self.peak, self.equity)
            self.fall = max(self.fall, 1.0 - self.equity / self.peak)
            least = {"day": morning * self.day_keeps, "week": week_start * self.week_keeps, "total": self.floor}
            now = {name for name, floor in least.items() if self.equity <= floor}
            self.reached |= dict.fromkeys(now, True)
            if now:
                return


def test_years_and_weeks_against_slow_ones(judged: Judged, contract: Contract) -> None:
    balance, profile, samples = 4000.0, PROFILES[4], 1000
    row = table(judged, contract, balance)[4]
    days: list[list[float]] = [[] for _ in range(judged.n_days)]
    for day, r in zip(judged.day, R * 4, strict=True):
        days[day].append(r * 0.25 * 400.0 / balance)  # 100 at risk buy 0.25 lots
    random = np.random.default_rng(99)

    def lives(length: int, count: int) -> list[SlowLife]:
        return [SlowLife(days, profile, random).live(length) for _ in range(count)]

    weeks = np.array([one.equity - 1.0 for one in lives(7, 4 * samples)])
    years = lives(YEAR_DAYS, samples)
    falls = np.array([one.fall for one in years])
    assert row.usual_week == pytest.approx(balance * np.median(weeks), abs=8.0)
    assert row.bad_week == pytest.approx(balance * np.quantile(weeks, 0.05), abs=20.0)
    assert row.drawdown == pytest.approx(balance * np.median(falls), rel=0.05)
    assert row.bad_drawdown == pytest.approx(balance * np.quantile(falls, 0.95), rel=0.05)
    for share, name in ((row.day_reached, "day"), (row.week_reached, "week"), (row.total_reached, "total")):
        assert share == pytest.approx(np.mean([one.reached[name] for one in years]), abs=0.05)


def test_the_least_balance_is_met_as_a_limit_is(judged: Judged, contract: Contract) -> None:
    rows = table(judged, contract, 320.0)
    assert rows[1].below_minimum == 1.0, "500 are not there to begin with"
    days: list[list[float]] = [[] for _ in range(judged.n_days)]
    for day, r in zip(judged.day, R * 4, strict=True):
        days[day].append(r * 4.0 / 320.0)  # the smallest lot
    random, profile = np.random.default_rng(5), dataclasses.replace(PROFILES[3], total_loss_pct=100.0 * 20 / 320)
    years = [SlowLife(days, profile, random).live(YEAR_DAYS) for _ in range(600)]
    slow = np.mean([one.reached["total"] for one in years])
    assert 0.2 < slow < 1.0
    assert rows[3].below_minimum == pytest.approx(slow, abs=0.06)
    far = table(judged, contract, 4000.0)
    assert far[3].below_minimum == 0.0, "the total limit of 30 % stands before 300 do"


def test_sizes_are_the_cores(judged: Judged, contract: Contract) -> None:
    """A stop of 400 costs 4.00 with the smallest lot of 0.01."""
    assert set(granted_lots(judged, 1.0, 399.0, contract)) == {0.0}
    assert set(granted_lots(judged, 1.0, 400.0, contract)) == {0.01}
    assert set(granted_lots(judged, 1.0, 1999.0, contract)) == {0.04}
    small = dataclasses.replace(judged, risk_multiplier=np.full_like(judged.r, 0.5))
    assert set(granted_lots(small, 1.0, 500.0, contract)) == {0.01}, "a multiplier never refuses"
    row = table(judged, contract, 320.0)[1]
    assert (row.refused, row.smallest_lot, row.risk, row.trades_a_week) == (1.0, 4.0, 2.4, 0.0)
    assert (row.usual_week, row.bad_week, row.bad_drawdown) == (0.0, 0.0, 0.0), "no trade, no loss"


def test_the_revisions_own_profile_is_the_promoted_one(compose: Callable[..., Config], tmp_path: Path) -> None:
    own = read_judged(judged_revision(tmp_path, compose("profile=2", "profile.risk_pct=1.3"), R))
    found = profiles_for(own)
    assert [profile.risk_pct for profile in found.values()] == [0.75, 1.3, 1.5, 2.5, 4.0]
    assert [profile.number for profile in found.values()] == [1, 2, 3, 4, 5]
    assert minimum_of(found[2], AccountConfig(balance=1.0, currency="USC")) == 40_000.0
    assert minimum_of(found[2], AccountConfig(balance=1.0, currency="EUR")) is None


def test_a_revision_that_says_something_else_is_refused(config: Config, tmp_path: Path) -> None:
    assert read_judged(RevisionPlaces(tmp_path / "models", tmp_path / "revisions")) is None
    places = judged_revision(tmp_path, config, R)
    (places.folder(TAG) / "judged_trades.csv").write_text("r\n1\n")
    with pytest.raises(ModelCompatibilityError, match=r"judged_trades\.csv: edited or damaged"):
        read_judged(places)


@pytest.mark.parametrize(
    ("interval", "edge"), [((0.01, 0.4), True), ((0.0, 0.4), False), ((None, None), False), (None, False)]
)
def test_an_interval_with_zero_shows_no_edge(
    config: Config, tmp_path: Path, interval: tuple[float, float], edge: bool
) -> None:
    found = read_judged(judged_revision(tmp_path, config, R, interval=interval))
    assert found is not None
    assert found.shows_an_edge is edge
    against = choose([], PROFILES, account(1000), Loss(Amount(1), Amount(2)), found).against_live
    assert ("no_edge" in against, "generated_bars" in against) == (not edge, True)


def by_hand(number: int, **changes: float) -> Meaning:
    """Profile `number` loses 40 times its number in a bad week, and has limits of 50 and 200 times."""
    row = Meaning(
        number=number, name=PROFILES[number].name, risk=10.0, usual_week=1.0, bad_week=-40.0 * number, drawdown=1.0,
        bad_drawdown=150.0 * number, day_reached=0.0, week_reached=0.0, total_reached=0.0, below_minimum=0.0,
        week_limit=50.0 * number, total_limit=200.0 * number, minimum=PROFILES[number].min_balance, refused=0.0,
        smallest_lot=4.0, trades_a_week=12.0,
    )  # fmt: skip
    return dataclasses.replace(row, **changes)


def test_the_boldest_that_stays_within_is_proposed() -> None:
    rows, loss = [by_hand(number) for number in PROFILES], Loss(Amount(150), Amount(700))
    found = choose(rows, PROFILES, account(2000), loss, None)
    assert (found.number, found.fits, dict(found.against_live)) == (3, True, {})
    rows[2] = by_hand(3, bad_drawdown=701.0)
    assert unfit(rows[2], account(2000), loss) == ["one year in 20 falls by 701 (you: 700)"]
    assert choose(rows, PROFILES, account(2000), loss, None).number == 2
    rows[1] = by_hand(2, refused=0.6)
    assert "the smallest lot risks 4.00 at the usual stop, the profile 10.00" in unfit(rows[1], account(2000), loss)[0]
    assert choose(rows, PROFILES, account(2000), loss, None).number == 1
    assert unfit(by_hand(5, bad_week=-1.0, week_limit=149.0), account(2000), loss) == [
        "stops for good only at a loss of 1,000 (you: 700)",
        "one year in 20 falls by 750 (you: 700)",
    ]


def test_nothing_fits_is_said_and_not_chosen_in_silence() -> None:
    rows = [by_hand(number) for number in PROFILES]
    found = choose(rows, PROFILES, account(2000), Loss(Amount(49), Amount(700)), None)
    assert (found.number, found.fits) == (1, False)
    assert "no profile stays within what you could bear: trade on paper" in found.against_live["nothing_fits"]
    named = choose(rows, PROFILES, account(2000), Loss(Amount(49), Amount(700), "4"), None)
    assert (named.number, named.fits) == (4, False)
    assert "stops a week only at a loss of 200 (you: 49)" in named.against_live["nothing_fits"]
    fitting = choose(rows, PROFILES, account(2000), Loss(Amount(150), Amount(700), "1"), None)
    assert (fitting.number, fitting.fits, fitting.words) == (1, True, "profile 1 (steady_income): named by you")


def test_a_balance_has_its_profiles() -> None:
    loss = Loss(Amount(10), Amount(20))
    assert choose([], PROFILES, account(260), loss, None).number == 4
    assert "no figures yet" in choose([], PROFILES, account(260), loss, None).words
    with pytest.raises(ConfigError, match=r"account\.balance=100 USD: no profile is made for less than 200"):
        choose([], PROFILES, account(100), loss, None)
    with pytest.raises(ConfigError, match=r"loss\.profile=1: asks a balance of 500 USD, found 260; choose one of 4, 5"):
        choose([], PROFILES, account(260), Loss(Amount(10), Amount(20), "1"), None)


def test_how_often_is_the_revisions(judged: Judged) -> None:
    assert judged.trades_a_week == 12.0
    row, others = by_hand(1), {TAG: 12.0, "v20260101-p1": 3.0}
    assert said_of_trades(judged, row, Trades(), {}).endswith("That is part of what was judged and not set.")
    assert said_of_trades(judged, row, Trades(10, 12), {}).endswith("and not set.")
    said = said_of_trades(judged, row, Trades(None, 5), others)
    assert said.endswith("You wished at most 5: run.py mode=pull revision=TAG of v20260101-p1 (3.0).")
    assert said_of_trades(judged, row, Trades(20), others).endswith("at least 20: no revision known here does.")
