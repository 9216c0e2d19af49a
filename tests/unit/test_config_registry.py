"""What the files of profiles and brokers promise."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from novosky.config.schema.market import BrokerConfig
from novosky.config.schema.trading import ProfileConfig

Compose = Callable[..., Config]

NAMES = ("steady_income", "conservative", "balanced", "growth", "aggressive")
BROKERS = ("vt_markets", "vt_markets_cent", "ic_markets", "exness", "ftmo", "fundingpips", "generic")


@pytest.fixture(scope="module")
def profiles(compose: Compose) -> list[ProfileConfig]:
    return [compose(f"profile={name}").profile for name in NAMES]


def test_number_and_name_are_one_profile(compose: Compose, profiles: list[ProfileConfig]) -> None:
    for number, profile in enumerate(profiles, start=1):
        assert compose(f"profile={number}").profile == profile
        assert profile.number == number


@pytest.mark.parametrize("key", ["risk_pct", "daily_loss_pct", "weekly_loss_pct", "total_loss_pct"])
def test_limits_rise_from_careful_to_bold(profiles: list[ProfileConfig], key: str) -> None:
    values = [getattr(profile, key) for profile in profiles]
    assert all(a < b for a, b in itertools.pairwise(values))


def test_bounds_move_from_careful_to_bold(profiles: list[ProfileConfig]) -> None:
    for a, b in itertools.pairwise(profiles):
        assert a.risk_pct_bounds < b.risk_pct_bounds
        assert all(x < y for x, y in zip(a.risk_pct_bounds, b.risk_pct_bounds, strict=True))
        assert a.confidence_quantile_bounds[0] > b.confidence_quantile_bounds[0]
        assert a.confidence_quantile_bounds[1] >= b.confidence_quantile_bounds[1]
        assert a.min_balance > b.min_balance
        for bracket in ("sl_atr_bounds", "tp_atr_bounds"):
            assert getattr(b, bracket)[0] <= getattr(a, bracket)[0] < getattr(a, bracket)[1] < getattr(b, bracket)[1]


def test_bounds_hold_the_default_settings(compose: Compose, profiles: list[ProfileConfig]) -> None:
    config = compose()
    for profile in profiles:
        for value, bounds in (
            (config.prediction.confidence_quantile, profile.confidence_quantile_bounds),
            (config.execution.sl_atr, profile.sl_atr_bounds),
            (config.execution.tp_atr, profile.tp_atr_bounds),
        ):
            assert bounds[0] <= value <= bounds[1], profile.name


def test_first_profile_has_the_known_limits(profiles: list[ProfileConfig]) -> None:
    first = profiles[0]
    assert first.risk_pct_bounds == [0.5, 1.0]
    assert (first.weekly_loss_pct, first.total_loss_pct, first.min_balance) == (8.0, 20.0, 500.0)


@pytest.fixture(scope="module")
def brokers(compose: Compose) -> dict[str, BrokerConfig]:
    return {name: compose(f"broker={name}").broker for name in BROKERS}


def test_brokers_are_named_as_their_files(brokers: dict[str, BrokerConfig]) -> None:
    assert {name: broker.name for name, broker in brokers.items()} == {name: name for name in BROKERS}


def test_money_of_a_price_move(brokers: dict[str, BrokerConfig]) -> None:
    """Account money that one lot earns when the price moves by 1.00."""
    per_unit = {name: broker.tick_value / broker.tick_size for name, broker in brokers.items()}
    assert per_unit == {
        "vt_markets": pytest.approx(1.0),
        "vt_markets_cent": pytest.approx(100.0),
        "ic_markets": pytest.approx(1.0),
        "exness": pytest.approx(1.0),
        "ftmo": pytest.approx(1.0),
        "fundingpips": pytest.approx(1.0),
        "generic": pytest.approx(1.0),
    }


def test_tick_value_is_the_contract_in_account_money(brokers: dict[str, BrokerConfig]) -> None:
    for broker in brokers.values():
        cents = 100.0 if broker.currency == "USC" else 1.0
        assert broker.tick_value == pytest.approx(broker.contract_size * broker.tick_size * cents), broker.name


def test_known_terms(brokers: dict[str, BrokerConfig]) -> None:
    assert (brokers["vt_markets"].spread, brokers["vt_markets"].leverage) == (16.95, 500)
    assert (brokers["ic_markets"].spread, brokers["ic_markets"].leverage) == (3.0, 200)
    assert (brokers["exness"].spread, brokers["exness"].symbol) == (14.0, "BTCUSDc")
    assert brokers["ftmo"].spread == 1.0
    assert (brokers["ftmo"].commission_pct, brokers["ftmo"].commission_per_lot) == (0.0325, 0.0)


def test_what_is_known_is_not_called_an_assumption(brokers: dict[str, BrokerConfig]) -> None:
    for name in ("vt_markets", "vt_markets_cent", "ic_markets", "exness", "ftmo"):
        assert "spread" not in brokers[name].assumptions
        assert "stop_out_pct" in brokers[name].assumptions
    assert "spread" in brokers["generic"].assumptions
