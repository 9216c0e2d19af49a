"""Rules between the account, the broker's currency and the profile."""

from __future__ import annotations

import math

from novosky.config.currency import currency_rate, known_rate
from novosky.config.schema import Config
from novosky.errors import ConfigError

BOUNDS = ("risk_pct_bounds", "confidence_quantile_bounds", "sl_atr_bounds", "tp_atr_bounds")


def _check_account(config: Config) -> None:
    account = config.account
    if account.cent != (account.currency == "USC"):
        raise ConfigError(
            f"account.cent={str(account.cent).lower()}: does not fit account.currency={account.currency}; "
            f"choose account=cent (USC) or account=default (USD)"
        )
    currency_rate(account, config.broker)


def _check_balance(config: Config) -> None:
    account, profile = config.account, config.profile
    rate = known_rate("USD", account.currency)
    if rate is not None and account.balance / rate < profile.min_balance:
        raise ConfigError(
            f"account.balance={account.balance:g} {account.currency}: profile {profile.name} needs at least "
            f"{profile.min_balance * rate:g} {account.currency}; raise the balance or choose a bolder profile"
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


def _check_gate(config: Config) -> None:
    gate = config.gate
    first = gate.alpha * 6.0 / math.pi**2
    if gate.alpha_floor > first:
        raise ConfigError(
            f"gate.alpha_floor={gate.alpha_floor:g}: the first try's share of gate.alpha={gate.alpha:g} is "
            f"{first:.2g}, so that nothing could ever be kept; choose a floor below it"
        )


TRADING_CHECKS = (_check_account, _check_balance, _check_bounds, _check_loss_limits, _check_gate)
