"""The configurations under which the same decisions are judged: without costs, by spread alone, at each broker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from novosky.config.checks import check_consistency
from novosky.config.currency import known_rate
from novosky.config.schema import Config
from novosky.config.schema.market import AccountConfig, BrokerConfig
from novosky.config.values import check_values
from novosky.errors import ConfigError

ALL_COSTS = "all costs"


@dataclass(frozen=True)
class CostCases:
    """Configurations by title, the run's own not among them; `left_out` says by name why a broker is not."""

    cases: Mapping[str, Config]
    left_out: Mapping[str, str]


def cost_cases(config: Config, registry: Mapping[str, BrokerConfig]) -> CostCases:
    """Everything but the terms of trading stays; every case is a configuration that could be run by itself.

    A broker of the registry is left out where it is the run's own, trades another symbol, states its money in a
    currency of unknown worth, or cannot trade by these settings.
    """
    cases = {"no costs": without_costs(config, spread=False), "spread only": without_costs(config, spread=True)}
    left_out = {}
    for name, broker in registry.items():
        if broker == config.broker:
            continue
        if not broker.symbol.upper().startswith(config.data.symbol.upper()):
            left_out[name] = f"it trades {broker.symbol}, the bars are of {config.data.symbol}"
            continue
        case = replace(config, broker=broker, account=account_at(config, broker))
        try:
            check_values(case)
            check_consistency(case)
        except ConfigError as error:
            left_out[name] = str(error)
        else:
            cases[f"broker {name}"] = case
    return CostCases(cases, left_out)


def without_costs(config: Config, *, spread: bool) -> Config:
    """The configuration without commission, slippage and swap, and without spread where it is not wanted."""
    broker = replace(config.broker, commission_per_lot=0.0, commission_pct=0.0)
    execution = replace(
        config.execution,
        swap=False,
        slippage="none",
        slippage_price=0.0,
        slippage_atr=0.0,
        spread_factor=config.execution.spread_factor if spread else 0.0,
    )
    return replace(config, broker=broker, execution=execution)


def account_at(config: Config, broker: BrokerConfig) -> AccountConfig:
    """The run's account at another broker: the same money, the rate from that broker's currency."""
    account, own = config.account, config.broker.currency
    if account.conversion_rate is None or known_rate(broker.currency, account.currency) is not None:
        return replace(account, conversion_rate=None)
    between = known_rate(broker.currency, own)
    return replace(account, conversion_rate=None if between is None else account.conversion_rate * between)
