"""Random lives of a bot that crashes, loses answers and is interfered with: in the end ledger and terminal agree."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import NovoskyError
from novosky.trading.intent import CLOSE, LEVELS, OPENING, PARTIAL, Intent, is_ours
from novosky.trading.ledger.rows import DONE, LOST, REFUSED, SENT, Entry, OrderRow, Row
from novosky.trading.ledger.rules import check
from novosky.trading.ledger.state import LedgerState
from novosky.trading.reconcile.settle import reconcile
from novosky.trading.reconcile.settlement import CancelOrder, ClosePosition, SetLevels, Settlement
from tests.support.ledger_rows import ENTRY_INTENT, MAGIC
from tests.support.small_terminal import OWN, SmallTerminal

BAR_MS = 900_000
# What becomes of an order: crashes are told by the row that was still written, losses by who got what.
FATES = (
    "killed_before_sent",
    "killed_after_sent",
    "lost_undone",
    "lost_done",
    "killed_done",
    "done",
    "refused",
    "part",
)
which = st.integers(0, 5)
fates = st.sampled_from(FATES)
enter = st.tuples(st.just("enter"), st.sampled_from((-1, 1)), fates)
step = st.one_of(
    enter,
    enter,
    enter,
    st.tuples(st.just("leave"), which, fates),
    st.tuples(st.just("reduce"), which, fates),
    st.tuples(st.just("hit"), which, st.sampled_from(("sl", "tp", "so"))),
    st.tuples(st.just("lose_stop"), which, st.none()),
    st.tuples(st.just("stranger"), which, st.booleans()),
    st.tuples(st.just("wait"), st.sampled_from((0, 0, 1, 10, 20, 40)), st.none()),
    st.tuples(st.just("look"), st.integers(0, 3), st.booleans()),
)


class World:
    """A bot's ledger in memory, under the rules of the real one, and its terminal."""

    def __init__(self) -> None:
        self.state, self.terminal, self.touched = LedgerState(), SmallTerminal(), set[int]()

    def append(self, *rows: Row) -> bool:
        for row in rows:
            try:
                check(self.state, row, self.terminal.time_ms)
            except NovoskyError:
                return False
            self.state.apply(Entry(self.state.number + 1, self.terminal.time_ms, row))
        return True

    def send(self, intent: Intent, fate: str) -> None:
        pursued = self.state.intents.get(intent.hash)
        if pursued is None and not self.append(intent):
            return
        attempt = self.state.intents[intent.hash].attempt + 1
        if fate == "killed_before_sent" or not self.append(OrderRow(intent.hash, attempt, SENT)):
            return
        if fate not in ("killed_after_sent", "lost_undone", "refused"):
            self.terminal.do(intent, share=0.5 if fate == "part" else 1.0, overwritten=fate == "lost_done")
        answer = {"done": DONE, "refused": REFUSED, "lost_undone": LOST, "lost_done": LOST}.get(fate)
        if answer is not None:
            self.append(OrderRow(intent.hash, attempt, answer))

    def take(self, what: str, first: Any, second: Any) -> None:
        ours = [p for p in self.terminal.positions.values() if is_ours(p.magic, MAGIC)]
        position = ours[first % len(ours)] if ours and what not in ("enter", "wait", "look") else None
        bar_ms = self.terminal.time_ms // BAR_MS * BAR_MS - BAR_MS
        meant = replace(ENTRY_INTENT, bar_time_ms=bar_ms, expires_ms=bar_ms + 2 * BAR_MS)
        if what == "enter":
            stop, target = (60_000.0, 63_000.0) if first > 0 else (62_000.0, 59_000.0)
            self.send(replace(meant, side=first, stop=stop, target=target), second)
        elif what == "wait":
            self.terminal.time_ms += first * 60_000
        elif what == "look":
            self.settle(first if second else None)
        elif what == "stranger":
            self.terminal.open(1, 0.2, 77)
        elif position is not None and what == "hit":
            self.terminal.hit(position.ticket, second)
        elif position is not None and what == "lose_stop":
            self.terminal.positions[position.ticket] = replace(position, stop=0.0)
        elif position is not None:
            action = CLOSE if what == "leave" else PARTIAL
            volume = position.volume if action == CLOSE else 0.02
            meant = replace(meant, action=action, side=position.side, volume=volume, position_ticket=position.ticket)
            if volume <= position.volume:
                self.send(meant, second)

    def settle(self, killed_after: int | None = None) -> list[Settlement]:
        """Look, write, act; killed after so many settlements."""
        settlements = reconcile(self.state, self.terminal.seen(), OWN)
        for settlement in settlements[:killed_after]:
            assert self.append(*settlement.rows)
            self.act(settlement)
        return settlements

    def act(self, settlement: Settlement) -> None:
        action, now_ms = settlement.action, self.terminal.time_ms
        meant = replace(ENTRY_INTENT, bar_time_ms=now_ms, expires_ms=now_ms + BAR_MS)
        assert not isinstance(action, CancelOrder)
        if action is None:
            return
        position = self.terminal.positions[action.position_ticket]
        assert is_ours(position.magic, MAGIC)
        meant = replace(meant, side=position.side, position_ticket=position.ticket, volume=position.volume)
        if isinstance(action, SetLevels):
            self.send(replace(meant, action=LEVELS, stop=action.stop, target=action.target), "killed_done")
        elif isinstance(action, ClosePosition):
            self.send(replace(meant, action=CLOSE), "killed_done")


@settings(max_examples=300, deadline=None)
@given(st.lists(step, min_size=2, max_size=25))
def test_in_the_end_ledger_and_terminal_agree(steps: list[tuple[str, Any, Any]]) -> None:
    world = World()
    strangers = 0
    for what, first, second in steps:
        world.take(what, first, second)
        strangers += what == "stranger"
    for _ in range(4):
        world.terminal.time_ms += 2 * BAR_MS
        world.settle()
    world.terminal.time_ms += 2 * BAR_MS
    last = world.settle()
    state, terminal = world.state, world.terminal

    ours = {p.ticket: p for p in terminal.positions.values() if is_ours(p.magic, MAGIC)}
    assert last == []
    assert state.intents == {}
    assert {t: (p.volume, p.stop, p.side) for t, p in ours.items()} == {
        t: (p.volume, p.stop, p.side) for t, p in state.positions.items()
    }
    assert all(p.stop > 0.0 for p in ours.values())
    assert state.deals == {deal.ticket for deal in terminal.deals if is_ours(deal.magic, MAGIC)}
    entries = [deal.magic for deal in terminal.deals if deal.entry == "in" and is_ours(deal.magic, MAGIC)]
    assert len(entries) == len(set(entries)), "an entry was done twice"
    assert len(terminal.positions) - len(ours) == strangers
    openings = [p.intent for p in state.settled.values() if p.intent.action in OPENING]
    assert len({intent.bar_time_ms for intent in openings}) == len(openings)
