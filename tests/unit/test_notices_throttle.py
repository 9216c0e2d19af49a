"""How often people are told."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from novosky.trading.notices.notes import Note, Notes
from novosky.trading.notices.throttle import HOUR_S, SlidingLimit, Throttle


@settings(deadline=None)
@given(st.lists(st.floats(0, 50)), st.integers(1, 5), st.floats(1, 100))
def test_no_window_ever_holds_more_than_the_limit(steps: list[float], limit: int, window_s: float) -> None:
    sliding, now, passed = SlidingLimit(limit, window_s), 0.0, []
    for step in steps:
        now += step
        room = sum(now - time < window_s for time in passed) < limit
        assert sliding.admit(now) is room
        if room:
            passed.append(now)


def test_equal_texts_count_once_an_hour_and_are_told_when_it_is_over() -> None:
    throttle = Throttle(per_hour=5)
    assert throttle.admit("error", "broken", 0.0)
    assert [throttle.admit("error", "broken", now) for now in (1.0, 2.0, HOUR_S - 1)] == [False] * 3
    assert throttle.due(HOUR_S - 1) == []
    assert throttle.due(HOUR_S) == [("error", "3 times more: broken")]
    assert throttle.due(HOUR_S) == []
    assert throttle.admit("error", "broken", HOUR_S)


def test_a_repetition_before_the_summary_keeps_the_count() -> None:
    throttle = Throttle(per_hour=5)
    assert throttle.admit("error", "broken", 0.0)
    assert not throttle.admit("error", "broken", 1.0)
    assert throttle.admit("error", "broken", HOUR_S + 1)
    assert throttle.due(HOUR_S + 1) == []
    assert throttle.due(2 * HOUR_S + 1) == [("error", "1 times more: broken")]


def test_each_kind_has_its_own_limit_and_what_was_over_it_is_told_when_there_is_room() -> None:
    throttle = Throttle(per_hour=2)
    assert [throttle.admit("trade", f"trade {number}", number) for number in range(5)] == [True, True] + [False] * 3
    assert throttle.admit("guard", "tripped", 5.0)
    assert throttle.due(HOUR_S - 1) == []
    assert throttle.due(HOUR_S) == [("trade", "3 more of this kind were not sent: too many in an hour")]


def test_at_the_stop_everything_is_told() -> None:
    throttle = Throttle(per_hour=1)
    for text in ("a", "a", "b"):
        throttle.admit("trade", text, 0.0)
    assert throttle.due(0.0, at_once=True) == [
        ("trade", "1 times more: a"),
        ("trade", "1 more of this kind were not sent: too many in an hour"),
    ]


def test_notes_are_bounded_and_their_loss_is_told() -> None:
    notes = Notes(size=2)
    for number in range(5):
        notes.put("telegram", "warning", str(number))
    taken = notes.take()
    assert [note.text for note in taken[:2]] == ["3", "4"]
    assert taken[2] == Note("notes", "warning", "3 notes were lost: more came than a cycle takes")
    assert notes.take() == []
