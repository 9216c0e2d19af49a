"""Which profile: the boldest that stays within what the trader could bear, or none, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from novosky.config.schema.market import AccountConfig
from novosky.config.schema.onboard import GENERATED_BARS, NO_EDGE, NOTHING_FITS
from novosky.config.schema.trading import ProfileConfig
from novosky.errors import ConfigError
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.judged import Judged
from novosky.trading.onboarding.money import Meaning, minimum_of

MOST_REFUSED = 0.5  # of the trades: beyond it the smallest lot at the usual stop is more than the profile risks


@dataclass(frozen=True, slots=True)
class Choice:
    """`number` is written; `fits` where it stays within the answers. `against_live`: name -> words."""

    number: int
    fits: bool
    words: str
    against_live: Mapping[str, str]


def unfit(row: Meaning, account: AccountConfig, loss: a.Loss) -> list[str]:
    """Why a profile is beyond what was answered; empty where it fits."""
    week, total = loss.week.money(account.balance), loss.total.money(account.balance)
    found = []
    if row.minimum is not None and account.balance < row.minimum:
        found.append(f"asks a balance of {row.minimum:,.0f}")
    if row.refused > MOST_REFUSED:
        found.append(
            f"the smallest lot risks {row.smallest_lot:,.2f} at the usual stop, the profile {row.risk:,.2f}: "
            f"{row.refused:.0%} of the trades would be refused"
        )
    for what, value, most in (
        ("stops a week only at a loss of", row.week_limit, week),
        ("stops for good only at a loss of", row.total_limit, total),
        ("one week in 20 loses", -row.bad_week, week),
        ("one year in 20 falls by", row.bad_drawdown, total),
    ):
        if value > most + 0.005:
            found.append(f"{what} {value:,.0f} (you: {most:,.0f})")
    return found


def choose(
    rows: Sequence[Meaning],
    profiles: Mapping[int, ProfileConfig],
    account: AccountConfig,
    loss: a.Loss,
    judged: Judged | None,
) -> Choice:
    """From the money table; without one the most careful profile. Raises ConfigError where no balance is enough."""
    allowed = _allowed(profiles, account)
    named = None if loss.profile == a.AUTO else int(loss.profile)
    if named is not None and named not in allowed:
        raise ConfigError(
            f"loss.profile={named}: asks a balance of {minimum_of(profiles[named], account):g} {account.currency}, "
            f"found {account.balance:g}; choose one of {', '.join(map(str, allowed))}, or auto"
        )
    against = {}
    if judged is not None and not judged.shows_an_edge:
        against[NO_EDGE] = f"{judged.tag} shows no edge: the interval of its expectancy includes zero"
    if judged is not None and judged.is_generated:
        source = judged.facts["data"]["source"]
        against[GENERATED_BARS] = f"{judged.tag} learned from generated bars ({source}), not from any real market"
    if not rows:
        number = named or allowed[0]
        return Choice(number, False, f"profile {number} ({profiles[number].name}): no figures yet", against)
    fitting = [row.number for row in rows if row.number in allowed and not unfit(row, account, loss)]
    number = named or max(fitting, default=allowed[0])
    name = f"profile {number} ({profiles[number].name})"
    if number in fitting:
        words = f"{name}: named by you" if named else f"{name}: the boldest that stays within what you could bear"
        return Choice(number, True, words, against)
    if named:
        reasons = "; ".join(unfit(next(row for row in rows if row.number == named), account, loss))
        against[NOTHING_FITS] = f"{name}, which you named, is beyond what you could bear: {reasons}"
    else:
        against[NOTHING_FITS] = (
            "no profile stays within what you could bear: trade on paper, or answer with more (reasons are under the "
            "table)"
        )
    return Choice(number, False, f"{name}: {against[NOTHING_FITS]}", against)


def _allowed(profiles: Mapping[int, ProfileConfig], account: AccountConfig) -> list[int]:
    """Numbers whose least balance is there."""
    least = {number: minimum_of(profile, account) for number, profile in profiles.items()}
    found = [number for number, asked in least.items() if asked is None or account.balance >= asked]
    if not found:
        asked = min(value for value in least.values() if value is not None)
        raise ConfigError(
            f"account.balance={account.balance:g} {account.currency}: no profile is made for less than {asked:g}; add "
            "money, or take a cent account (cents count 100 a dollar: kind: cent)"
        )
    return found


def said_of_trades(judged: Judged, row: Meaning | None, trades: a.Trades, others: Mapping[str, float]) -> str:
    """How often it trades, and that this is the revision's; `others`: trades a week of those that git knows."""
    rate = judged.trades_a_week if row is None else row.trades_a_week
    words = f"{judged.tag} trades {rate:.1f} times a week on this balance. That is part of what was judged and not set."
    least, most = trades.at_least_a_week, trades.at_most_a_week
    if (least is None or rate >= least) and (most is None or rate <= most):
        return words
    bounds = (("at least", least), ("at most", most))
    wished = [f"{side} {bound:g}" for side, bound in bounds if bound is not None]
    fitting = [
        f"{tag} ({found:.1f})"
        for tag, found in others.items()
        if tag != judged.tag and (least is None or found >= least) and (most is None or found <= most)
    ]
    mend = f"run.py mode=pull revision=TAG of {', '.join(fitting)}" if fitting else "no revision known here does"
    return f"{words} You wished {' and '.join(wished)}: {mend}."
