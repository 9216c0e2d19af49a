"""Rules between the account, the broker's contract and the profile."""

from __future__ import annotations

import dataclasses
import math

from novosky.config.schema import Config
from novosky.errors import ConfigError

CENTS_PER_USD = {"USD": 1.0, "USC": 100.0}
BOUNDS = ("risk_pct_bounds", "confidence_quantile_bounds", "sl_atr_bounds", "tp_atr_bounds")


def _check_account(config: Config) -> None:
    account, broker = config.account, config.broker
    if account.cent != (account.currency == "USC"):
        raise ConfigError(
            f"account.cent={str(account.cent).lower()}: does not fit account.currency={account.currency}; "
            f"choose account=cent (USC) or account=default (USD)"
        )
    if account.currency != broker.currency:
        raise ConfigError(
            f"account.currency={account.currency}: broker {broker.name} states its money in {broker.currency}; "
            f"choose account={'cent' if broker.currency == 'USC' else 'default'}, or another broker"
        )


def _check_balance(config: Config) -> None:
    account, profile = config.account, config.profile
    rate = CENTS_PER_USD.get(account.currency)
    if rate is not None and account.balance / rate < profile.min_balance:
        raise ConfigError(
            f"account.balance={account.balance:g} {account.currency}: profile {profile.name} needs at least "
            f"{profile.min_balance * rate:g} {account.currency}; raise the balance or choose a bolder profile"
        )


def _check_contract(config: Config) -> None:
    broker = config.broker
    if not math.isclose(broker.point, 10.0**-broker.digits, rel_tol=1e-9):
        raise ConfigError(
            f"broker.point={broker.point:g}: MetaTrader's point of {broker.digits} digits is {10.0**-broker.digits:g}; "
            f"set broker.point or broker.digits as the symbol's specification says"
        )
    if not broker.volume_step <= broker.volume_min <= broker.volume_max:
        raise ConfigError(
            f"broker: volume_step <= volume_min <= volume_max expected, found "
            f"{broker.volume_step:g}, {broker.volume_min:g}, {broker.volume_max:g}"
        )
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


def _check_bounds(config: Config) -> None:
    profile = config.profile
    for name in BOUNDS:
        bounds = getattr(profile, name)
        if len(bounds) != 2 or not 0 < bounds[0] <= bounds[1]:
            raise ConfigError(f"profile.{name}={bounds}: expected [low, high] with 0 < low <= high")
    if profile.confidence_quantile_bounds[1] >= 1:
        raise ConfigError(f"profile.confidence_quantile_bounds={profile.confidence_quantile_bounds}: expected high < 1")
    low, high = profile.risk_pct_bounds
    if not low <= profile.risk_pct <= high:
        raise ConfigError(
            f"profile.risk_pct={profile.risk_pct:g}: outside profile {profile.name}'s {low:g} .. {high:g}; "
            f"choose a profile that allows it"
        )


def _check_loss_limits(config: Config) -> None:
    profile = config.profile
    if not profile.daily_loss_pct <= profile.weekly_loss_pct <= profile.total_loss_pct:
        raise ConfigError(
            f"profile: daily_loss_pct <= weekly_loss_pct <= total_loss_pct expected, found "
            f"{profile.daily_loss_pct:g}, {profile.weekly_loss_pct:g}, {profile.total_loss_pct:g}"
        )


TRADING_CHECKS = (_check_account, _check_balance, _check_contract, _check_symbol, _check_bounds, _check_loss_limits)
