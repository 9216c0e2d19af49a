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
    ("a trade risks", lambda row: f"{row.risk:,.2f}"),
    ("usual week", lambda row: f"{row.usual_week:+,.2f}"),
    ("bad week (1 in 20)", lambda row: f"{row.bad_week:+,.2f}"),
    ("fall from a peak in a year", lambda row: f"-{row.drawdown:,.2f}"),
    ("  in the worst 1 of 20 years", lambda row: f"-{row.bad_drawdown:,.2f}"),
    ("week's limit", lambda row: f"-{row.week_limit:,.2f}"),
    ("total limit", lambda row: f"-{row.total_limit:,.2f}"),
    ("a year reaches: day's limit", lambda row: chance(row.day_reached)),
    ("  week's limit", lambda row: chance(row.week_reached)),
    ("  total limit", lambda row: chance(row.total_reached)),
    ("  balance below the least", lambda row: chance(row.below_minimum)),
    ("least balance", lambda row: "not known" if row.minimum is None else f"{row.minimum:,.0f}"),
    ("trades a week", lambda row: f"{row.trades_a_week:.1f}"),
    ("trades too small for a lot", lambda row: chance(row.refused)),
)


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
    head = ["", *(f"{'>' if row.number == chosen else ''}{row.number} {row.name}" for row in rows)]
    show_columns(head, [(what, *(shown(row) for row in rows)) for what, shown in ROWS])
    for row in rows:
        reasons = unfit(row, account, loss)
        say(f"{row.number} {row.name}: {'; '.join(reasons) if reasons else 'within what you could bear'}.")
    say(
        f"Drawn from the {len(judged.r)} trades of {judged.n_days} days that judged {judged.tag}, with the costs of "
        f"{judged.facts['broker']}; sized in {broker}'s lots. Another time may be worse than any of these days."
    )
    if not judged.shows_an_edge:
        say("! no edge shown: the interval of its expectancy includes zero; expect to lose the costs")


def difference(old: str, new: str) -> str:
    """Line by line."""
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), "stands", "answered", lineterm="", n=1)
    return "\n".join(lines)
