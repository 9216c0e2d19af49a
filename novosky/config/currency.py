"""Account currency per unit of another: what the program knows by itself, and what it must be told."""

from __future__ import annotations

from novosky.config.schema.market import AccountConfig, BrokerConfig
from novosky.errors import ConfigError

CENTS_PER_USD = {"USD": 1.0, "USC": 100.0}


def known_rate(source: str, target: str) -> float | None:
    """Units of `target` per unit of `source` where it never changes: equal ones, dollars and their cents; else None."""
    if source == target:
        return 1.0
    if source in CENTS_PER_USD and target in CENTS_PER_USD:
        return CENTS_PER_USD[target] / CENTS_PER_USD[source]
    return None


def currency_rate(account: AccountConfig, broker: BrokerConfig) -> float:
    """Account currency per unit of the broker's: what every sum of the broker's file is multiplied by.

    Raises ConfigError where nobody knows it, or where the given rate contradicts the known one.
    """
    known, given = known_rate(broker.currency, account.currency), account.conversion_rate
    if known is None:
        if given is None:
            raise ConfigError(
                f"account.currency={account.currency}: broker {broker.name} states its money in {broker.currency}, "
                f"whose worth is not known; add account.conversion_rate=<{account.currency} per {broker.currency}>"
            )
        return given
    if given is not None and given != known:
        raise ConfigError(
            f"account.conversion_rate={given:g}: one {broker.currency} is {known:g} {account.currency}; leave it away"
        )
    return known
