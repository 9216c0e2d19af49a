"""Each stretch of the ledger by itself: from the book that the bot had, does the core do what the bot did?

What differs begins there. Since the core is deterministic, all other differences between the ledger and a backtest of
the whole span follow from those, and from nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from novosky.market.bars import utc_text
from novosky.trading.bot.decided_bar import BAR, COLUMNS, FEATURES, bar_values, features_digest
from novosky.trading.bot.shadow import Deal, Difference, differences, words_of
from novosky.trading.ledger.rows import GUARD, Decision, Entry, Event, Fill
from novosky.trading.replay import causes
from novosky.trading.replay.book_compare import FieldDifference, book_differences
from novosky.trading.replay.causes import Cause
from novosky.trading.replay.core_step import CoreStep, Stepped
from novosky.trading.replay.evidence import LEVEL_EXITS, Evidence
from novosky.trading.replay.stretches import Stretch, checkpoint_of, stretches_of

SAME_CONFIDENCE = 1e-12


@dataclass
class Walk:
    """One ledger over one market; `revision_differs` where other models decided than replay."""

    core: CoreStep
    balance: float  # of the account when the ledger begins
    revision_differs: bool = False

    def __post_init__(self) -> None:
        bars = self.core.prepared.bars
        self._place = {int(time_ms): i for i, time_ms in enumerate(bars.time_ms.tolist())}
        self._bars_differ_since = 0
        self._waits_until_ms = 0
        self._swaps: dict[int, float] = {}  # by the core at the last close, by the broker's ticket

    def causes(self, entries: Sequence[Entry]) -> list[Cause]:
        """In order of time, numbered."""
        found = [cause for stretch in stretches_of(entries) for cause in self._of_stretch(stretch)]
        return [replace(cause, number=number) for number, cause in enumerate(found, 1)]

    def _of_stretch(self, stretch: Stretch) -> Iterator[Cause]:
        places = self._places(stretch)
        if places:
            at_ms = int(self.core.prepared.bars.time_ms[places[0]])
            yield from _moved(stretch, at_ms)
            yield from self._absent(stretch, places)
            votes = [cause for decision in stretch.decisions for cause in self._vote(decision)]
            yield from votes
            evidence, deals = self._deals(stretch, places)
            yield from (self._of_deal(one, evidence, at_ms) for one in deals)
            if not (deals or votes or stretch.missed or not stretch.decisions):
                yield from self._book(stretch, evidence)
        self._remember(stretch)

    def _places(self, stretch: Stretch) -> list[int]:
        """Bars of the data that went by in it; those before the first decision are history."""
        known = [self._place[one.bar_time_ms] for one in stretch.decisions if one.bar_time_ms in self._place]
        if stretch.before is None:
            return known
        first = self._place.get(stretch.before.bar_time_ms)
        if first is None:
            return []
        last = known[-1] if known else first + 1 if not stretch.decisions else first
        return list(range(first + 1, min(last, self.last_bar) + 1))

    @property
    def last_bar(self) -> int:
        return len(self.core.prepared.bars) - 1

    def _absent(self, stretch: Stretch, places: Sequence[int]) -> Iterator[Cause]:
        """Bars that only the broker or only the data has."""
        if not stretch.decisions:
            return
        decided = {one.bar_time_ms for one in stretch.decisions}
        for time_ms in sorted(decided - set(self._place)):
            yield Cause(time_ms, causes.NO_BAR, "the bot decided on it, the data has no such bar")
        times = self.core.prepared.bars.time_ms
        for i in places:
            if int(times[i]) not in decided:
                yield Cause(int(times[i]), causes.NO_BAR, "the data has it, the bot saw no such bar")

    def _vote(self, decision: Decision) -> Iterator[Cause]:
        """The vote depends on bars and models alone."""
        i = self._place.get(decision.bar_time_ms)
        if i is None:
            return
        self._note_bar(decision, i)
        found, expected = self._told(decision), self._voted(i)
        if found == expected or (
            found[0] == expected[0] and abs(found[1] - expected[1]) <= SAME_CONFIDENCE and found[0] != 0
        ):
            return
        text = f"voted {_vote_words(found)}, the replay {_vote_words(expected)}"
        yield Cause(decision.bar_time_ms, *self._why_voted(decision, i, text))

    def _told(self, decision: Decision) -> tuple[int, float]:
        gate = decision.gates.get("confidence", {})
        return decision.side, float(gate.get("found", 0.0)) if decision.side != 0 else 0.0

    def _voted(self, i: int) -> tuple[int, float]:
        intent = self.core.intent(i)
        return intent.side, intent.confidence if intent.side != 0 else 0.0

    def _note_bar(self, decision: Decision, i: int) -> None:
        told = decision.details.get(BAR)
        if told is not None and list(told) != bar_values(self.core.prepared.bars, i) and not self._bars_differ_since:
            self._bars_differ_since = decision.bar_time_ms

    def _why_voted(self, decision: Decision, i: int, text: str) -> tuple[str, str]:
        if self._bars_differ_since:
            return causes.BARS, f"{text}; bars differ since {utc_text(self._bars_differ_since)}"
        if decision.details.get(FEATURES) != features_digest(self.core.prepared.x[i]):
            return causes.FEATURES, text
        return (causes.MODELS if self.revision_differs else causes.UNEXPLAINED), text

    def _deals(self, stretch: Stretch, places: Sequence[int]) -> tuple[Evidence, list[Difference]]:
        live = self.core.book
        if stretch.before is None:
            live.begin(self.balance)
            live.number, live.recent = 0, []
        else:
            self._restore(checkpoint_of(stretch.before), places[0])
        moved = sum(float(event.details["money"]) for event in stretch.events("money_moved"))
        stepped = [self.core.step(i, moved if i == places[-1] else 0.0) for i in places]
        fills = {id(deal): (deal, fill) for fill in stretch.rows if isinstance(fill, Fill) for deal in [_deal(fill)]}
        evidence = Evidence(stretch, stepped, {key: fill for key, (_, fill) in fills.items()}, self._waits_until_ms)
        expected = [deal for step in stepped for deal in step.deals]
        found = differences(expected, [deal for deal, _ in fills.values()], live)
        self._kept = fills  # the deals' ids stay theirs
        ends = not stretch.decisions
        return evidence, [one for one in found if not (_follows(one, found) or (ends and _is_beyond(one, stepped)))]

    def _restore(self, saved: Mapping[str, Any], first: int) -> None:
        """What a position's deals have brought so far stands in one sum: the core adds it to the trade's result.

        A bar's close is seen when the next one has opened: a night's swap of that open is in the book by then, and the
        core charges it itself.
        """
        self.core.book.restore(saved)
        for ticket, swap in self._swaps.items() if self._nights(first) else ():
            if ticket in self.core.book.tickets:
                self.core.book.position(ticket).swap = swap
        for ticket, money in self.core.book.booked.items():
            if ticket in self.core.book.tickets:
                self.core.book.position(ticket).gross = money

    def _nights(self, i: int) -> bool:
        return i <= self.last_bar and int(self.core.traded.arrays.nights[i]) != 0

    def _of_deal(self, difference: Difference, evidence: Evidence, at_ms: int) -> Cause:
        expected, found, money = difference
        stretch, text = evidence.stretch, words_of(difference)
        deal = found or expected
        assert deal is not None
        cause = Cause(at_ms, causes.UNEXPLAINED, text, deal.ticket, money)
        why = evidence.why(difference)
        if stretch.missed and (why is None or why[0] not in (causes.BY_HAND, causes.STOP_OUT, causes.COMMAND)):
            times = [one.bar_time_ms for one in stretch.missed]
            span = f"{len(times)} bars from {utc_text(times[0])} to {utc_text(times[-1])}"
            return replace(cause, bar_ms=times[0], name=causes.MISSED, text=f"{text}; {span}")
        if (differs := self._bar_differs(stretch)) and (why is None or why[0] in (causes.PRICE, causes.LEVEL)):
            return replace(cause, name=causes.BARS, text=f"{text}; {differs}")
        return cause if why is None else replace(cause, name=why[0], text=f"{text}; {why[1]}")

    def _bar_differs(self, stretch: Stretch) -> str:
        """The first bar of the stretch that is another one at the broker; empty where none is."""
        for decision in stretch.decisions:
            i, told = self._place.get(decision.bar_time_ms), decision.details.get(BAR)
            if i is None or told is None:
                continue
            for name, here, there in zip(COLUMNS, bar_values(self.core.prepared.bars, i), told, strict=True):
                if here != there:
                    return f"{name} of the bar {there:.10g}, in the data {here:.10g}"
        return ""

    def _book(self, stretch: Stretch, evidence: Evidence) -> Iterator[Cause]:
        """Where all deals agree: what the close led to, and the book that it left."""
        decision, step = stretch.decisions[-1], evidence.stepped[-1]
        mine, theirs = self.core.book.checkpoint(), checkpoint_of(decision)
        fields = book_differences(mine, theirs)
        pairs = zip(mine["positions"], theirs["positions"], strict=False)
        self._swaps = {other["ticket"]: own["swap"] for own, other in pairs}
        if self._nights(self._place[decision.bar_time_ms] + 1):
            fields = [one for one in fields if one.name != "swap"]
        texts = [one.text for one in fields]
        if decision.verdict != step.verdict:
            texts.insert(0, f"verdict {decision.verdict}, by the core {step.verdict}")
        if decision.details.get("wish") != step.wish:
            texts.append(f"wish {decision.details.get('wish')}, by the core {step.wish}")
        if texts:
            name, why = self._why_book(stretch, evidence, fields)
            text = "; ".join(texts[:3]) + (f"; {len(texts) - 3} more" if len(texts) > 3 else "")
            ticket = next((one.ticket for one in fields if one.ticket), 0)
            yield Cause(decision.bar_time_ms, name, f"{text}{why}", ticket, _lost(fields))

    def _why_book(self, stretch: Stretch, evidence: Evidence, fields: Sequence[FieldDifference]) -> tuple[str, str]:
        for ticket in sorted({one.ticket for one in fields if one.ticket}):
            if (why := evidence.levels_by_hand(ticket)) is not None:
                return why[0], f"; {why[1]}"
        if differs := self._bar_differs(stretch):
            return causes.BARS, f"; {differs}"
        charged = _charged(evidence.stepped, stretch)
        if charged or (fields and all(one.name == "swap" for one in fields)):
            return causes.COSTS, charged
        return causes.UNEXPLAINED, ""

    def _remember(self, stretch: Stretch) -> None:
        """What later stretches need of this one."""
        for event in stretch.events(GUARD):
            if event.details.get("guard") == "rejects":
                self._waits_until_ms = int(event.details["state"].get("not_before_ms", 0))


def _moved(stretch: Stretch, at_ms: int) -> Iterator[Cause]:
    for event in stretch.events("money_moved"):
        yield Cause(at_ms, causes.MONEY, event.text)


def _deal(fill: Fill) -> Deal:
    """As the parity watch reads it."""
    opens = fill.entry == "in"
    return Deal(
        "open" if opens else "close", fill.position_ticket, fill.side if opens else -fill.side, fill.volume, fill.price
    )


def _follows(difference: Difference, every: Sequence[Difference]) -> bool:
    """Whether it is how a trade ended on the very bar on which it was opened differently, or not at all."""
    expected, found, money = difference
    if expected is None or expected.kind != "close" or expected.ticket != 0 or (found is not None and money != 0.0):
        return False
    return any(one.expected is not None and one.expected.kind == "open" for one in every)


def _is_beyond(difference: Difference, stepped: Sequence[Stepped]) -> bool:
    """Whether the core does it after the ledger's end, which is at an open."""
    expected, found, _ = difference
    if found is not None or expected is None:
        return False
    return expected.kind == "close" and any(step.exits.get(expected.ticket) in LEVEL_EXITS for step in stepped)


def _charged(stepped: Sequence[Stepped], stretch: Stretch) -> str:
    """Sums of the deals' money where they differ."""
    fills = [row for row in stretch.rows if isinstance(row, Fill)]
    found = (
        sum(fill.profit for fill in fills),
        0.0 - sum(fill.commission + fill.fee for fill in fills),
        sum(fill.swap for fill in fills),
    )
    expected = [sum(step.costs[k] for step in stepped) for k in range(3)]
    parts = [
        f"{name} {there:.2f}, by the core {here:.2f}"
        for name, there, here in zip(("profit", "commission", "swap"), found, expected, strict=True)
        if abs(there - here) >= 0.005
    ]
    return "".join(f"; {part}" for part in parts)


def _lost(fields: Sequence[FieldDifference]) -> float:
    return next((float(one.expected - one.found) for one in fields if one.name == "balance"), 0.0)


def _vote_words(vote: tuple[int, float]) -> str:
    side, confidence = vote
    return "nothing" if side == 0 else f"{'BUY' if side > 0 else 'SELL'} at {confidence:.6f}"


def first_balance(entries: Sequence[Entry]) -> float | None:
    """Of the account when the ledger begins; None where it does not say."""
    for entry in entries:
        row = entry.row
        if isinstance(row, Event) and row.name == GUARD and row.details.get("guard") == "losses":
            return float(row.details["state"]["start_balance"])
    return None
