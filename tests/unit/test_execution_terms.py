"""The broker's file as a contract: margin and swap of every mode by hand, money converted, levels out of reach."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from novosky.backtest.inputs import check_reach, contract_of
from novosky.config.currency import currency_rate
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.execution.terms import Contract

Compose = Callable[..., Config]
EURUSD = (
    "data.symbol=EURUSD", "broker.symbol=EURUSD", "broker.digits=5", "broker.point=0.00001", "broker.tick_size=0.00001",
    "broker.tick_value=1", "broker.contract_size=100000", "broker.leverage=100",
)  # fmt: skip


def contract(config: Config) -> Contract:
    return contract_of(config.broker, config.account, config.execution)


MARGINS: list[tuple[tuple[str, ...], float, float]] = [
    # overrides, price, margin of one lot in account currency
    (("broker=vt_markets",), 100_000.0, 200.0),  # 1 coin at 100,000 / 500
    (("broker=vt_markets", "broker.margin_rate=2"), 100_000.0, 400.0),
    (("broker=vt_markets", "broker.margin_mode=cfd"), 100_000.0, 100_000.0),
    (("broker=vt_markets", "broker.margin_mode=exchange_stocks"), 100_000.0, 100_000.0),
    (("broker=vt_markets", "broker.margin_mode=cfd_index"), 100_000.0, 100_000.0),
    (("broker=vt_markets", "broker.margin_mode=futures", "broker.margin_initial=750"), 100_000.0, 750.0),
    (("broker=ftmo",), 100_000.0, 30_000.0),  # 1:100, rate 30
    (("broker=vt_markets_cent",), 100_000.0, 20_000.0),  # the same 200 USD in USC
    ((*EURUSD, "broker.margin_mode=forex"), 1.10, 1_100.0),  # 100,000 EUR / 100 at the price
    ((*EURUSD, "broker.margin_mode=forex", "broker.margin_currency=EUR"), 1.10, 1_100.0),
    ((*EURUSD, "broker.margin_mode=forex_no_leverage", "broker.margin_currency=EUR"), 1.10, 110_000.0),
    # USDJPY on a dollar account: 100,000 USD / 100, whatever the price.
    ((*EURUSD, "broker.margin_mode=forex", "broker.margin_currency=USD"), 150.0, 1_000.0),
    ((*EURUSD, "broker.margin_mode=forex", "broker.margin_currency=USD", "account=cent"), 150.0, 100_000.0),
    ((*EURUSD, "broker.margin_mode=forex", "broker.margin_currency=USC"), 150.0, 10.0),
]


@pytest.mark.parametrize(("overrides", "price", "margin"), MARGINS, ids=lambda value: str(value)[:60])
def test_margin_of_a_lot(compose: Compose, overrides: tuple[str, ...], price: float, margin: float) -> None:
    terms = contract(compose(*overrides))
    assert terms.margin_fixed + terms.margin_per_price * price == pytest.approx(margin)


SWAPS: list[tuple[tuple[str, ...], float, float]] = [
    # overrides beside swap_long=-9, price, swap of one long lot and night in account currency
    (("broker.swap_mode=points",), 50_000.0, -0.09),  # 9 points of 0.01 of one coin
    ((*EURUSD, "broker.swap_mode=points"), 1.10, -9.0),  # 9 points of 1.00 USD
    (("broker.swap_mode=currency_deposit",), 50_000.0, -9.0),
    (("broker.swap_mode=currency_deposit", "account=cent"), 50_000.0, -900.0),
    ((*EURUSD, "broker.swap_mode=currency_symbol"), 1.10, -9.90),  # 9 EUR
    ((*EURUSD, "broker.swap_mode=currency_margin", "broker.margin_currency=EUR"), 1.10, -9.90),
    ((*EURUSD, "broker.swap_mode=currency_margin", "broker.margin_currency=USD"), 150.0, -9.0),
    (("broker.swap_mode=interest_current",), 50_000.0, -12.50),  # 50,000 x 9 % / 360
    (("broker.swap_mode=interest_open",), 50_000.0, -12.50),
    (("broker.swap_mode=interest_open", "account=cent"), 50_000.0, -1_250.0),
]


@pytest.mark.parametrize(("overrides", "price", "swap"), SWAPS, ids=lambda value: str(value)[:60])
def test_swap_of_a_lot_and_night(compose: Compose, overrides: tuple[str, ...], price: float, swap: float) -> None:
    config = compose(*overrides, "broker.swap_long=-9", "broker.swap_short=4.5")
    terms = contract(config)
    assert terms.swap_long_fixed + terms.swap_long_per_price * price == pytest.approx(swap)
    assert terms.swap_short_fixed + terms.swap_short_per_price * price == pytest.approx(-swap / 2)
    assert terms.swap_on_entry_price == (config.broker.swap_mode == "interest_open")


def test_all_money_of_the_broker_is_converted_and_nothing_else(compose: Compose) -> None:
    changes = (
        "broker.margin_mode=futures", "broker.margin_initial=750", "broker.commission_per_lot=3",
        "broker.commission_pct=0.02", "broker.swap_mode=interest_current", "broker.swap_long=-9",
        "broker.stops_level_points=50", "broker.freeze_level_points=20",
    )  # fmt: skip
    dollars, cents = contract(compose(*changes)), contract(compose(*changes, "account=cent"))
    euros = contract(compose(*changes, "account.currency=EUR", "account.conversion_rate=0.9"))
    money = ("tick_value", "commission_per_lot", "margin_fixed", "margin_per_price", "swap_long_fixed",
             "swap_long_per_price", "swap_short_fixed", "swap_short_per_price")  # fmt: skip
    for converted, rate in ((cents, 100.0), (euros, 0.9)):
        for name in Contract._fields:
            factor = rate if name in money else 1.0
            assert getattr(converted, name) == pytest.approx(getattr(dollars, name) * factor), name
    assert (dollars.stops_distance, dollars.freeze_distance, dollars.commission_pct) == (0.5, 0.2, 0.02)


def test_the_rate_between_account_and_broker(compose: Compose) -> None:
    def rate(*overrides: str) -> float:
        config = compose(*overrides)
        return currency_rate(config.account, config.broker)

    assert rate() == rate("broker=exness") == 1.0
    assert rate("broker=ftmo", "account=cent") == 100.0
    assert rate("broker=exness", "account=default") == 0.01
    assert rate("account.currency=EUR", "account.conversion_rate=0.9") == 0.9


def test_the_owners_largest_volume_stands_beside_the_brokers(compose: Compose) -> None:
    assert contract(compose()).volume_max == 100.0
    assert contract(compose("execution.max_lots=0.5")).volume_max == 0.5
    assert contract(compose("execution.max_lots=500")).volume_max == 100.0


REACH = Contract(0.01, 0.01, 0.01, 100.0, 0.01, stops_distance=100.0)


@pytest.mark.parametrize(
    ("sl_atr", "tp_atr", "atr", "spread", "refused"),
    [
        (2.0, 2.0, [math.nan, 10.0, 51.0], 1.0, None),
        (1.9, 2.0, [math.nan, 10.0, 51.0], 1.0, "stop"),  # 96.9
        (2.0, 1.9, [math.nan, 10.0, 51.0], 1.0, "target"),  # 96.9 and the spread
        (2.0, 1.9, [math.nan, 10.0, 51.0], 4.0, None),
        (2.0, 2.0, [math.nan, 50.0], 0.0, None),  # exactly the level
        (1.0, 1.0, [math.nan], 1.0, None),  # nothing is known
    ],
)
def test_a_stops_level_beyond_every_bracket_is_refused(
    sl_atr: float, tp_atr: float, atr: list[float], spread: float, refused: str | None
) -> None:
    arguments = (sl_atr, tp_atr, np.array(atr), np.full(len(atr), spread))
    check_reach(REACH._replace(stops_distance=0.0), *arguments)
    if refused is None:
        check_reach(REACH, *arguments)
        return
    with pytest.raises(ConfigError, match=f"asks 100 .* but no {refused} of this window lies farther than 9[67].9"):
        check_reach(REACH, *arguments)
