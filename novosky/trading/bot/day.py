"""A day of the bot: how its fills were beside the core's, and the report when it is over."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field

from novosky.market.bars import utc_text
from novosky.trading.bot.book import Day
from novosky.trading.bot.series import ClosedBar
from novosky.trading.bot.session import Session
from novosky.trading.bot.shadow import PARITY, Parity, Watch, as_details, words_of
from novosky.trading.ledger.rows import Event


@dataclass
class DayBook:
    """Differences to the core since the day began, and since the bot started."""

    today: Parity = field(default_factory=Parity)
    so_far: Parity = field(default_factory=Parity)

    def compare(self, session: Session, shadow: Watch, closed: ClosedBar, number: int) -> None:
        """Bar `number` is over: differences are written down; too much of them in a day is an alarm."""
        found, bar_ms = shadow.compare(closed.arrays, number), int(closed.bars.time_ms[0])
        session.write(*(Event(PARITY, "info", words_of(one), as_details(one, bar_ms)) for one in found))
        limit = session.settings.parity_alarm_r * session.book.risk_unit
        self.so_far.take(found, 0.0)
        if self.today.take(found, limit):
            session.say("parity_alarm", "alarm", self.today.words(limit), money=self.today.money)

    def report(self, session: Session, began_ms: int) -> None:
        """Another day begins: what closed on the one that is over, and how its fills were."""
        day, core = session.book.today, session.book.book
        if day.since_ms > 0:
            text = (
                f"{utc_text(day.since_ms)[:10]}: {day.trades} trades, {day.wins} won, net {day.net:+.2f}, balance "
                f"{float(core.balance):.2f}, equity {float(core.equity):.2f}; {self.today.words(0.0)}"
            )
            session.say("daily_report", "info", text, **asdict(day), parity=asdict(self.today))
        session.book.today, self.today = Day(began_ms), Parity()
