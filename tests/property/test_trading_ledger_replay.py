"""Whatever was written: the state is the rows', at every length of the ledger."""

from __future__ import annotations

import copy
import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.errors import NovoskyError
from novosky.trading.intent import ACTIONS, OPENING, Intent
from novosky.trading.ledger.rows import GUARD, PHASES, SENT, Decision, Equity, Event, Fill, OrderRow, PositionEvent
from novosky.trading.ledger.state import LedgerState, replay
from novosky.trading.ledger.store import Ledger
from novosky.trading.ledger.values import from_column, to_column

numbers = st.floats(allow_nan=False, allow_infinity=False)
lots = st.floats(0.0, 100.0)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=5)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
details = st.dictionaries(texts, values, max_size=3)
sides = st.sampled_from((-1, 1))
intents = st.builds(
    Intent, st.sampled_from(ACTIONS), st.just("BTCUSD"), st.integers(0, 3), st.integers(0, 30), sides,
    st.sampled_from((0.1, 0.2)), numbers, st.sampled_from((0.0, 1.0)), st.just(0.0), st.integers(0, 2), st.just("r"),
    st.just(7), details,
)  # fmt: skip
# fmt: off
plain_rows = st.one_of(
    st.builds(
        Fill,
        st.integers(1, 6),
        st.integers(1, 9),
        st.integers(1, 4),
        texts,
        st.just("BTCUSD"),
        st.sampled_from(("in", "out")),
        sides,
        lots,
        numbers,
        numbers,
        numbers,
        numbers,
        numbers,
        st.integers(0, 9),
        texts,
    ),
    st.builds(
        PositionEvent,
        st.integers(1, 4),
        texts,
        st.just("BTCUSD"),
        sides,
        st.sampled_from((0.0, 0.1)),
        numbers,
        numbers,
        numbers,
        numbers,
        numbers,
        texts,
        texts,
    ),
    st.builds(Equity, numbers, numbers, numbers, numbers, st.integers(0, 9)),
    st.builds(Decision, st.integers(0, 9), texts, sides, texts, texts, details, details),
    st.builds(Event, st.sampled_from(("a", "b")), texts, texts, details),
    st.builds(
        lambda name, state: Event(GUARD, "info", "", {"guard": name, "state": state}),
        st.sampled_from(("x", "y")),
        details,
    ),
)
# fmt: on
orders = st.tuples(st.integers(0, 5), st.integers(0, 3), st.sampled_from((SENT, SENT, *PHASES)), st.integers(0, 2))
calls = st.lists(st.tuples(st.integers(0, 40), st.lists(intents | orders | plain_rows, min_size=1, max_size=3)))


def as_row(drawn: Any, written: list[Intent]) -> Any:
    """An order's row names one of the intents so far."""
    if not isinstance(drawn, tuple):
        return drawn
    which, attempt, phase, order = drawn
    return OrderRow(written[which % len(written)].hash if written else "none", attempt, phase, order_ticket=order)


@settings(max_examples=40, deadline=None)
@given(calls)
def test_every_prefix_gives_its_state(drawn: list[tuple[int, list[Any]]]) -> None:
    with tempfile.TemporaryDirectory() as folder, Ledger(f"sqlite:///{Path(folder)}/l.sqlite", "bot") as ledger:
        states = [copy.deepcopy(ledger.state)]
        written: list[Intent] = []
        for time_ms, rows in drawn:
            made = [as_row(row, written) for row in rows]
            try:
                entries = ledger.append(time_ms, *made)
            except NovoskyError:
                assert ledger.state == states[-1]
                continue
            written += [row for row in made if isinstance(row, Intent)]
            states += [None] * (len(entries) - 1) + [copy.deepcopy(ledger.state)]  # type: ignore[list-item]
        entries = tuple(ledger.entries())
    assert len(entries) == len(states) - 1
    for length, state in enumerate(states):
        if state is not None:
            assert replay(entries[:length]) == state
    never_twice(entries)


def never_twice(entries: Any) -> None:
    """An opening leaves again only where the broker said that nothing was done."""
    phases: dict[str, list[str]] = {}
    openings = {entry.row.hash for entry in entries if isinstance(entry.row, Intent) and entry.row.action in OPENING}
    for entry in entries:
        if isinstance(entry.row, OrderRow):
            phases.setdefault(entry.row.intent, []).append(entry.row.phase)
    for intent in openings & set(phases):
        came = phases[intent]
        assert all(came[k - 1] == "refused" for k, phase in enumerate(came) if phase == SENT and k > 0)


@given(details)
def test_details_come_back(value: Any) -> None:
    assert from_column(to_column(value, Mapping, "x"), Mapping) == value


@given(numbers)
def test_numbers_come_back_bit_for_bit(number: float) -> None:
    kept = to_column(number, float, "x")
    assert math.copysign(1.0, float(kept)) == math.copysign(1.0, number)
    assert kept == number


def test_the_empty_ledger_is_flat() -> None:
    assert replay([]) == LedgerState()
