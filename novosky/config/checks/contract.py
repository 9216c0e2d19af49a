"""Rules inside the broker's contract: what no MetaTrader symbol can be."""

from __future__ import annotations

import dataclasses
import math

from novosky.config.currency import known_rate
from novosky.config.schema import Config
from novosky.errors import ConfigError


def is_multiple(value: float, step: float) -> bool:
    """Whether `value` is a whole number of steps, one at least, decimals read as decimals."""
    steps = round(value / step)
    return steps >= 1 and math.isclose(value / step, steps, abs_tol=1e-6)


def _check_prices(config: Config) -> None:
    broker = config.broker
    if not math.isclose(broker.point, 10.0**-broker.digits, rel_tol=1e-9):
        raise ConfigError(
            f"broker.point={broker.point:g}: MetaTrader's point of {broker.digits} digits is {10.0**-broker.digits:g}; "
            f"set broker.point or broker.digits as the symbol's specification says"
        )
    if not is_multiple(broker.tick_size, broker.point):
        raise ConfigError(
            f"broker.tick_size={broker.tick_size:g}: expected a whole number of points of {broker.point:g}; "
            f"set broker.tick_size and broker.point as the symbol's specification says"
        )


def _check_tick_value(config: Config) -> None:
    """Where prices are in US dollars, what a tick is worth follows from the lot: a slip there is a slip of the size."""
    broker = config.broker
    rate = known_rate("USD", broker.currency)
    if broker.symbol[3:6].upper() != "USD" or rate is None or broker.margin_mode in ("futures", "cfd_index"):
        return
    expected = broker.contract_size * broker.tick_size * rate
    if not math.isclose(broker.tick_value, expected, rel_tol=1e-6):
        raise ConfigError(
            f"broker.tick_value={broker.tick_value:g}: expected contract_size x tick_size = {expected:g} "
            f"{broker.currency} for {broker.symbol}, whose prices are in USD; set broker.tick_value, broker.tick_size "
            f"and broker.contract_size as the symbol's specification says"
        )


def _check_volumes(config: Config) -> None:
    broker, max_lots = config.broker, config.execution.max_lots
    if not broker.volume_step <= broker.volume_min <= broker.volume_max:
        raise ConfigError(
            f"broker: volume_step <= volume_min <= volume_max expected, found "
            f"{broker.volume_step:g}, {broker.volume_min:g}, {broker.volume_max:g}; set broker.volume_step, "
            f"broker.volume_min and broker.volume_max as the symbol's specification says"
        )
    if not is_multiple(broker.volume_min, broker.volume_step):
        raise ConfigError(
            f"broker.volume_min={broker.volume_min:g}: expected a whole number of steps of {broker.volume_step:g} "
            f"(broker.volume_step)"
        )
    if 0 < max_lots < broker.volume_min:
        raise ConfigError(
            f"execution.max_lots={max_lots:g}: below broker.volume_min={broker.volume_min:g}, so that nothing could "
            f"be traded; raise it, or set it to 0 (off)"
        )


def _check_margin(config: Config) -> None:
    broker = config.broker
    if broker.margin_mode == "futures" and broker.margin_initial == 0:
        raise ConfigError(
            "broker.margin_initial: required with broker.margin_mode=futures, but not given; "
            "add broker.margin_initial=<money per lot>"
        )
    if broker.margin_mode != "futures" and broker.margin_initial > 0:
        raise ConfigError(
            f"broker.margin_initial={broker.margin_initial:g}: only margin_mode=futures reads it, and "
            f"broker.margin_mode is {broker.margin_mode}; leave it away, or set broker.margin_mode=futures"
        )


def _check_swap(config: Config) -> None:
    broker = config.broker
    for name in ("swap_long", "swap_short"):
        if broker.swap_mode == "disabled" and getattr(broker, name) != 0:
            raise ConfigError(
                f"broker.{name}={getattr(broker, name):g}: never read with broker.swap_mode=disabled; "
                f"set broker.swap_mode to the symbol's (points, interest_current, ...), or leave broker.{name} away"
            )
    if broker.swap_mode == "currency_margin" and broker.margin_currency is None:
        raise ConfigError(
            "broker.margin_currency: required with broker.swap_mode=currency_margin, but not given; "
            "add broker.margin_currency=<currency>"
        )


def _check_assumptions(config: Config) -> None:
    broker = config.broker
    unknown = sorted(set(broker.assumptions) - {field.name for field in dataclasses.fields(broker)})
    if unknown:
        raise ConfigError(f"broker.assumptions: no keys of the broker: {', '.join(unknown)}")


def _check_symbol(config: Config) -> None:
    bars, contract = config.data.symbol.upper(), config.broker.symbol.upper()
    if not (bars.startswith(contract) or contract.startswith(bars)):
        raise ConfigError(
            f"broker.symbol={config.broker.symbol}: another market's contract than data.symbol={config.data.symbol}; "
            f"give the contract of {config.data.symbol}, and broker.symbol with it"
        )


CONTRACT_CHECKS = (
    _check_prices,
    _check_tick_value,
    _check_volumes,
    _check_margin,
    _check_swap,
    _check_assumptions,
    _check_symbol,
)
