"""The money table on the screen, and the difference between two settings files."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence

from novosky.config.schema.market import AccountConfig
from novosky.modes.screen import say, show_columns
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.choice import unfit
from novosky.trading.onboarding.judged import Judged
from novosky.trading.onboarding.money import Meaning

ROWS: tuple[tuple[str, Callable[[Meaning], str]], ...] = (
    ("a trade risks", lambda row: money(row.risk)),
    ("usual week", lambda row: money(row.usual_week, "+")),
    ("bad week (1 in 20)", lambda row: money(row.bad_week, "+")),
    ("deepest fall of a year", lambda row: money(-row.drawdown)),
    ("  in 1 year of 20", lambda row: money(-row.bad_drawdown)),
    ("week's limit", lambda row: money(-row.week_limit)),
    ("total limit", lambda row: money(-row.total_limit)),
    ("a year meets day's limit", lambda row: chance(row.day_reached)),
    ("  week's limit", lambda row: chance(row.week_reached)),
    ("  total limit", lambda row: chance(row.total_reached)),
    ("  least balance", lambda row: chance(row.below_minimum)),
    ("least balance", lambda row: "not known" if row.minimum is None else money(row.minimum)),
    ("trades a week", lambda row: f"{row.trades_a_week:.1f}"),
    ("too small for a lot", lambda row: chance(row.refused)),
)


def money(value: float, sign: str = "") -> str:
    """Cents below a hundred."""
    return f"{value:{sign},.{2 if abs(value) < 100.0 else 0}f}"


def chance(share: float) -> str:
    """Percent; what is not nothing is not shown as nothing."""
    percent = 100.0 * share
    if 0.0 < percent < 0.5:
        return "< 1 %"
    return "> 99 %" if 99.5 <= percent < 100.0 else f"{percent:.0f} %"


def show_meanings(
    rows: Sequence[Meaning], judged: Judged, account: AccountConfig, broker: str, loss: a.Loss, chosen: int
) -> None:
    """A column a profile, the chosen one marked; then what speaks against each, and where the figures are from."""
    balance = f"{account.balance:,.2f} {account.currency}"
    say(f"What {judged.tag} would mean on {balance}, by profile:")
    head = ["profile", *(f"{'> ' if row.number == chosen else ''}{row.number}" for row in rows)]
    show_columns(head, [(what, *(shown(row) for row in rows)) for what, shown in ROWS])
    for row in rows:
        reasons = unfit(row, account, loss)
        say(f"{row.number} {row.name}: {'; '.join(reasons) if reasons else 'within what you could bear'}.")
    say(
        f"Drawn from the {len(judged.r)} trades of {judged.n_days} days that judged {judged.tag}, with the costs of "
        f"{judged.facts['broker']}; sized in {broker}'s lots. Another time may be worse than any of these days."
    )
    if judged.is_generated:
        say("! generated bars: these figures say nothing about any real market")
    if not judged.shows_an_edge:
        say("! no edge shown: the interval of its expectancy includes zero; expect to lose the costs")


def difference(old: str, new: str) -> str:
    """Line by line."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "stands", "answered", lineterm="", n=1)
    return "\n".join(lines)
