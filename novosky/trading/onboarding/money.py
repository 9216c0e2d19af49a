"""What each profile would mean in money on this balance: years and weeks drawn from the days of judged trades."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from omegaconf import OmegaConf

from novosky.config.currency import known_rate
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.registry import CONF
from novosky.config.schema.market import AccountConfig
from novosky.config.schema.trading import ProfileConfig
from novosky.errors import ConfigError
from novosky.evaluation.ruin import LossLimits, Ruin, ruin
from novosky.execution.records import Floats
from novosky.execution.sizing import scaled_volume
from novosky.execution.terms import Contract, as_record
from novosky.trading.onboarding.judged import Judged

YEAR_DAYS, WEEK_DAYS = 365, 7


@dataclass(frozen=True, slots=True)
class Meaning:
    """A profile in money of the account; chances are shares of drawn years."""

    number: int
    name: str
    risk: float  # of a trade
    usual_week: float  # median
    bad_week: float  # of 20 weeks the worst
    drawdown: float  # largest of a year, from a peak, median
    bad_drawdown: float  # of 20 years the worst
    day_reached: float
    week_reached: float
    total_reached: float
    below_minimum: float
    week_limit: float
    total_limit: float
    minimum: float | None  # least balance; None where a dollar's worth in this currency is not known
    refused: float  # share of the trades whose smallest lot risks more than the profile allows
    smallest_lot: float  # what the smallest lot risked at the usual stop
    trades_a_week: float


def load_profiles(conf: Path = CONF) -> dict[int, ProfileConfig]:
    """The five of conf/profile, by number."""
    found = {}
    for file in sorted((conf / "profile").glob("*.yaml")):
        try:
            written = OmegaConf.load(file)
            if "number" in written:  # the others are numbers as names
                profile = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(ProfileConfig), written))
                assert isinstance(profile, ProfileConfig)
                found[profile.number] = profile
        except REFUSALS as error:
            raise ConfigError(f"{file}: {as_config_error(error)}") from error
    return dict(sorted(found.items()))


def profiles_for(judged: Judged | None, conf: Path = CONF) -> dict[int, ProfileConfig]:
    """The five; the revision's own as it was promoted, whatever a sweep chose inside its bounds."""
    found = load_profiles(conf)
    if judged is not None:
        own = ProfileConfig(**judged.settings["profile"])
        found[own.number] = own
    return found


def minimum_of(profile: ProfileConfig, account: AccountConfig) -> float | None:
    """The profile's least balance in the account's currency, where that is known."""
    rate = known_rate("USD", account.currency)
    return None if rate is None else profile.min_balance * rate


def meanings(
    judged: Judged,
    profiles: Mapping[int, ProfileConfig],
    account: AccountConfig,
    contract: Contract,
    samples: int,
    seed: int,
) -> list[Meaning]:
    """A row a profile. `account` with the start balance; `contract` in its currency."""
    return [_meaning(judged, profile, account, contract, samples, seed) for profile in profiles.values()]


def _meaning(
    judged: Judged, profile: ProfileConfig, account: AccountConfig, contract: Contract, samples: int, seed: int
) -> Meaning:
    balance, minimum = account.balance, minimum_of(profile, account)
    lots = granted_lots(judged, profile.risk_pct, balance, contract)
    loss = loss_per_lot(judged, contract)
    taken = lots > 0.0
    change = judged.r * lots * stop_per_lot(judged, contract) / (balance * profile.risk_pct / 100.0)

    def drawn(days: int, total_pct: float) -> Ruin:
        limits = LossLimits(
            profile.daily_loss_pct, profile.weekly_loss_pct, total_pct, profile.loss_pct_of == "start_balance"
        )
        day = np.ascontiguousarray(judged.day[taken])
        r = np.ascontiguousarray(change[taken])
        return ruin(r, day, judged.n_days, profile.risk_pct, limits, days, WEEK_DAYS, samples, seed)

    year, week = drawn(YEAR_DAYS, profile.total_loss_pct), drawn(WEEK_DAYS, profile.total_loss_pct)
    return Meaning(
        number=profile.number,
        name=profile.name,
        risk=balance * profile.risk_pct / 100.0,
        usual_week=balance * week.final_return[1],
        bad_week=balance * week.final_return[0],
        drawdown=balance * year.max_drawdown[1],
        bad_drawdown=balance * year.max_drawdown[2],
        day_reached=year.daily,
        week_reached=year.weekly,
        total_reached=year.total,
        below_minimum=_below(balance, minimum, profile.total_loss_pct, lambda pct: drawn(YEAR_DAYS, pct).total),
        week_limit=balance * profile.weekly_loss_pct / 100.0,
        total_limit=balance * profile.total_loss_pct / 100.0,
        minimum=minimum,
        refused=float(1.0 - taken.mean()) if len(taken) else 0.0,
        smallest_lot=float(np.median(loss) * contract.volume_min) if len(loss) else 0.0,
        trades_a_week=float(taken.sum()) / judged.n_days * 7,
    )


def _below(balance: float, minimum: float | None, total_pct: float, reached: Callable[[float], float]) -> float:
    """Chance that the balance falls to the profile's least within a year, the total limit still holding."""
    if minimum is None or minimum <= 0.0:
        return 0.0
    distance_pct = 100.0 * (1.0 - minimum / balance)
    if distance_pct <= 0.0:
        return 1.0
    return reached(distance_pct) if distance_pct <= total_pct else 0.0  # the total limit ends the trading before


def stop_per_lot(judged: Judged, contract: Contract) -> Floats:
    """What one lot loses between entry and stop, account currency, (n_trades,): the money of one R."""
    return judged.stop_distance * (contract.tick_value / contract.tick_size)


def loss_per_lot(judged: Judged, contract: Contract) -> Floats:
    """The same with both sides' commission, which counts as risk where a trade is sized."""
    value = judged.entry_price * (contract.tick_value / contract.tick_size)
    commission = contract.commission_per_lot + contract.commission_pct / 100.0 * value
    return stop_per_lot(judged, contract) + 2.0 * commission


def granted_lots(judged: Judged, risk_pct: float, balance: float, contract: Contract) -> Floats:
    """The core's own size of each trade on the start balance, whole steps of a lot; 0 where it would be refused."""
    record = as_record(contract)
    trades = zip(judged.risk_multiplier, judged.stop_distance, judged.entry_price, strict=True)
    return np.array(
        [scaled_volume(balance, risk_pct, multiplier, stop, price, record) for multiplier, stop, price in trades],
        np.float64,
    )
