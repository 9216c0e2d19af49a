"""The broker's file as the core's contract: MetaTrader's modes of margin and swap as a fixed part and one per price."""

from __future__ import annotations

import numpy as np

from novosky.config.currency import currency_rate, known_rate
from novosky.config.schema.market import AccountConfig, BrokerConfig
from novosky.config.schema.trading import ExecutionConfig
from novosky.errors import ConfigError
from novosky.execution.records import Floats
from novosky.execution.terms import Contract

BANK_YEAR_DAYS = 360
LEVERAGED_MODES = ("forex", "cfd_leverage")


def contract_of(broker: BrokerConfig, account: AccountConfig, execution: ExecutionConfig) -> Contract:
    """The broker's terms as the core reads them, money in account currency.

    Raises ConfigError where the rate from the broker's currency is not known.
    """
    rate = currency_rate(account, broker)
    margin_fixed, margin_per_price = margin_parts(broker)
    long_fixed, long_per_price = swap_parts(broker, broker.swap_long)
    short_fixed, short_per_price = swap_parts(broker, broker.swap_short)
    return Contract(
        tick_size=broker.tick_size,
        tick_value=broker.tick_value * rate,
        volume_min=broker.volume_min,
        volume_max=min(broker.volume_max, execution.max_lots) if execution.max_lots > 0 else broker.volume_max,
        volume_step=broker.volume_step,
        commission_per_lot=broker.commission_per_lot * rate,
        commission_pct=broker.commission_pct,
        stops_distance=broker.stops_level_points * broker.point,
        freeze_distance=broker.freeze_level_points * broker.point,
        margin_fixed=margin_fixed * rate,
        margin_per_price=margin_per_price * rate,
        margin_hedged_rate=broker.margin_hedged_rate,
        stop_out_pct=broker.stop_out_pct,
        swap_long_fixed=long_fixed * rate,
        swap_long_per_price=long_per_price * rate,
        swap_short_fixed=short_fixed * rate,
        swap_short_per_price=short_per_price * rate,
        swap_on_entry_price=broker.swap_mode == "interest_open",
    )


def margin_parts(broker: BrokerConfig) -> tuple[float, float]:
    """Margin of one lot in the broker's currency: a fixed part, and a part per unit of price.

    By ENUM_SYMBOL_CALC_MODE, https://www.mql5.com/en/docs/constants/environment_state/marketinfoconstants:
    forex lots x contract size / leverage, in the margin currency; forex_no_leverage without leverage; cfd and
    exchange_stocks lots x contract size x price; cfd_leverage that / leverage; cfd_index lots x contract size x price
    x tick price / tick size; futures lots x initial margin; each x margin rate. Contract size in account money is
    tick value / tick size, which holds cfd_index's tick price already.
    """
    scale = broker.margin_rate / (broker.leverage if broker.margin_mode in LEVERAGED_MODES else 1.0)
    if broker.margin_mode == "futures":
        return broker.margin_initial * scale, 0.0
    if broker.margin_mode.startswith("forex"):
        return _of_base_currency(broker, broker.contract_size * scale)
    return 0.0, _value(broker) * scale


def swap_parts(broker: BrokerConfig, swap: float) -> tuple[float, float]:
    """Swap of one lot and night in the broker's currency, signed: a fixed part, and a part per unit of price.

    By ENUM_SYMBOL_SWAP_MODE, same page: points; money in the symbol's base, margin or deposit currency; interest in
    percent a year of the position's value, in a bank's year of 360 days, at the rollover's price (interest_current)
    or the opening price (interest_open). The base currency and the margin currency are taken to be one.
    """
    if broker.swap_mode == "disabled":
        return 0.0, 0.0
    if broker.swap_mode == "points":
        return swap * broker.point * _value(broker), 0.0
    if broker.swap_mode == "currency_deposit":
        return swap, 0.0
    if broker.swap_mode in ("currency_symbol", "currency_margin"):
        return _of_base_currency(broker, swap)
    return 0.0, swap / 100.0 / BANK_YEAR_DAYS * _value(broker)


def check_reach(contract: Contract, sl_atr_max: float, tp_atr_max: float, atr: Floats, spread: Floats) -> None:
    """Refuse a stops level that no stop, or no target, of a window could ever lie beyond.

    The largest multiples that stop and target may have; `atr` and `spread` of the window's bars, price units. The
    level is measured from the closing side of the price: the spread brings a stop nearer and a target farther.
    Raises ConfigError.
    """
    known = atr[np.isfinite(atr)]
    if contract.stops_distance == 0.0 or len(known) == 0:
        return
    farthest_atr = float(np.max(known))
    reaches = {
        "stop": sl_atr_max * farthest_atr + contract.tick_size,
        "target": tp_atr_max * farthest_atr + float(np.max(spread)) + contract.tick_size,
    }
    for level, reach in reaches.items():
        if contract.stops_distance > reach:
            raise ConfigError(
                f"broker.stops_level_points: asks {contract.stops_distance:g} (price units) between price and {level}, "
                f"but no {level} of this window lies farther than {reach:g}, so that every trade would be refused; "
                f"set it as the symbol's specification says, or use a wider bracket"
            )


def _value(broker: BrokerConfig) -> float:
    """Money of the broker's currency that one lot makes when the price moves by 1.0."""
    return broker.tick_value / broker.tick_size


def _of_base_currency(broker: BrokerConfig, amount: float) -> tuple[float, float]:
    """An amount of the base currency: fixed where its worth in the broker's never changes, else worth the price."""
    rate = None if broker.margin_currency is None else known_rate(broker.margin_currency, broker.currency)
    if rate is None:
        return 0.0, amount * _value(broker) / broker.contract_size
    return amount * rate, 0.0
