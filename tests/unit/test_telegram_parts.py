"""Parts of the commands from Telegram that need no server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from novosky.trading.notices.throttle import HOUR_S
from novosky.trading.telegram.answers import QUESTIONS, answer
from novosky.trading.telegram.commands import PAUSE, Command, Commands
from novosky.trading.telegram.confirmations import PEOPLE, Confirmations
from novosky.trading.telegram.place import USEFUL_S, Place
from novosky.trading.telegram.strangers import REMEMBERED, TOLD_AN_HOUR, Strangers
from novosky.trading.telegram.updates import message_of, number_of
from support.telegram_server import DESK

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["update_id", "message", "chat", "from", "id", "date", "text", "is_bot"]), inner
        )
    ),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json_values)
def test_no_update_is_too_strange(update: Any) -> None:
    number_of(update)
    message_of(update)


def update(**message: Any) -> dict[str, Any]:
    good = {"chat": {"id": 7}, "from": {"id": 70}, "date": 5, "text": "/status"}
    return {"update_id": 9, "message": {**good, **message}}


def test_a_persons_message_is_one() -> None:
    message = message_of(update(text="x" * 5000))
    assert message is not None
    assert (message.update_id, message.chat_id, message.user_id, message.date_s) == (9, 7, 70, 5)
    assert len(message.text) == 100


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": {"id": 70, "is_bot": True}},
        {"from": None},
        {"chat": {"id": "7"}},
        {"chat": {"id": True}},
        {"date": None},
        {"text": 5},
        {"sender_chat": {"id": 7}},
        {"forward_origin": {"type": "user"}},
        {"via_bot": {"id": 1}},
    ],
)
def test_what_no_person_wrote_here_is_none(wrong: dict[str, Any]) -> None:
    assert message_of(update(**wrong)) is None


def test_a_code_holds_for_its_person_its_chat_its_time_and_once() -> None:
    codes = Confirmations(life_s=60.0)
    code = codes.ask(7, 70, "close", 55, 0.0)
    assert codes.settle(7, 71, code, 1.0) is None
    assert codes.settle(8, 70, code, 1.0) is None
    assert codes.settle(7, 70, code, 59.9) == ("close", 55)
    assert codes.settle(7, 70, code, 59.9) is None
    late = codes.ask(7, 70, "stop", 0, 0.0)
    assert codes.settle(7, 70, late, 60.0) is None


def test_a_code_cannot_be_tried_out() -> None:
    codes = Confirmations(life_s=60.0)
    code = codes.ask(7, 70, "stop", 0, 0.0)
    for wrong in ("", "é", "12345"):
        assert codes.settle(7, 70, wrong, 1.0) is None
    assert codes.settle(7, 70, code, 1.0) is None


def test_a_new_question_takes_the_place_of_the_old_one_and_questions_are_bounded() -> None:
    codes = Confirmations(life_s=60.0)
    old = codes.ask(7, 70, "stop", 0, 0.0)
    new = codes.ask(7, 70, "close", 55, 0.0)
    if old != new:
        assert codes.settle(7, 70, old, 1.0) is None
    assert codes.settle(7, 70, new, 1.0) == ("close", 55)
    first = codes.ask(7, 1, "stop", 0, 0.0)
    for user in range(2, PEOPLE + 2):
        codes.ask(7, user, "stop", 0, 0.0)
    assert codes.settle(7, 1, first, 1.0) is None


def test_a_stranger_is_told_of_once_an_hour() -> None:
    strangers = Strangers()
    assert "user 90 in chat 9" in strangers.refuse(9, 90, 0.0)
    assert [strangers.refuse(9, 90, now) for now in (1.0, HOUR_S - 1)] == ["", ""]
    again = strangers.refuse(9, 90, HOUR_S)
    assert again.endswith("; 2 more of strangers' messages were refused before")


def test_many_strangers_are_neither_told_nor_remembered_without_end() -> None:
    strangers = Strangers()
    told = [strangers.refuse(chat, 1, 0.0) for chat in range(5 * TOLD_AN_HOUR)]
    assert sum(map(bool, told)) == TOLD_AN_HOUR
    for hour in range(REMEMBERED // TOLD_AN_HOUR + 5):
        for chat in range(TOLD_AN_HOUR):
            strangers.refuse(1000 * hour + chat, 2, hour * HOUR_S)
    assert len(strangers._told) == REMEMBERED


def test_a_place_survives_and_is_of_one_bot(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "telegram.json"
    assert Place(path, "4711", 0.0).next(0.0) is None
    assert Place(path, "4711", 0.0).move(123, 10.0)
    assert Place(path, "4711", 20.0).next(20.0) == 123
    assert Place(path, "4712", 20.0).next(20.0) is None
    assert Place(path, "4711", 20.0).next(10.0 + USEFUL_S) is None  # the count may have begun anew


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"bot": "4711", "next_update": "x", "time_s": 0}'])
def test_a_broken_place_tells_nothing(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "telegram.json"
    path.write_bytes(content)
    assert Place(path, "4711", 0.0).next(0.0) is None


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    place = Place(tmp_path / "file" / "telegram.json", "4711", 0.0)
    assert not place.move(5, 0.0)
    assert place.next(0.0) == 5


def test_commands_are_bounded_and_taken_in_order() -> None:
    commands = Commands(size=2)
    offered = [commands.offer(Command(PAUSE, 7, 70, number)) for number in range(3)]
    assert offered == [True, True, False]
    assert [one.update_id for one in commands.take()] == [0, 1]
    assert commands.take() == []
    commands.reply(Command(PAUSE, 7, 70, 0), "nobody listens")


def test_answers() -> None:
    shown = DESK, 1.0
    as_of = "\nas of 2023-11-15 12:00:03 UTC"
    assert answer("status", shown) == (
        "NOVOSKY BTCUSD M15: trading, connected\n"
        "BTCUSD M15, revision v20231101-p2\n"
        "positions 1, equity 10,012.50 USD\n"
        "last bar 2023-11-15 12:00:00 UTC: ema_trend refused\n"
        "guard spread_spike: 95 points, limit 60" + as_of
    )
    assert answer("positions", shown) == (
        "55 SELL 0.02 BTCUSD at 37123.45, stop 37500, no target, +12.50 USD, since 2023-11-15 12:00:00 UTC" + as_of
    )
    assert answer("equity", shown) == (
        "equity 10,012.50 USD, balance 10,000.00 USD\nopen +12.50 USD, drawdown 1.2 %" + as_of
    )
    assert answer("today", shown) == ("3 trades closed since 2023-11-15 00:00:00 UTC, 2 won, net -4.10 USD" + as_of)
    assert answer("status", (DESK, 1800.0)).endswith("! The bot has shown nothing new for 30 min.")
    for question in QUESTIONS:
        assert answer(question, None)


def test_a_place_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "telegram.json"
    Place(path, "4711", 0.0).move(123, 10.0)
    assert json.loads(path.read_text()) == {"bot": "4711", "next_update": 123, "time_s": 10}
