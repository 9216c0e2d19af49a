"""Commands from Telegram against a local server that speaks the Bot API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.config.schema.notify import TelegramConfig
from novosky.errors import ConfigError
from novosky.trading.notices.notes import Notes
from novosky.trading.telegram import listener as timing
from novosky.trading.telegram.answers import HELP
from novosky.trading.telegram.api import ApiError, BotApi
from novosky.trading.telegram.commands import ALL, Commands
from novosky.trading.telegram.connect import listen
from novosky.trading.telegram.reception import A_MINUTE
from support.telegram_server import DESK, TOKEN, WAIT_S, TelegramServer, drop, raw, refuse, telegram_server

Compose = Callable[..., Config]
OWNER, OTHER = 7, 8  # listed chats
STRANGER = 9


@pytest.fixture
def server() -> Iterator[TelegramServer]:
    with telegram_server() as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FIRST_WAIT_S", "LONGEST_WAIT_S", "REFUSED_WAIT_S", "FULL_BATCH_WAIT_S"):
        monkeypatch.setattr(timing, name, 0.01)


class Bot:
    """What the bot's cycle has in its hands."""

    def __init__(self) -> None:
        self.commands, self.notes = Commands(), Notes()
        self.commands.publish(DESK)

    def done(self) -> list[tuple[str, int]]:
        return [(one.name, one.ticket) for one in self.commands.take()]

    def noted(self) -> list[str]:
        return [note.text for note in self.notes.take()]


@contextmanager
def listening(server: TelegramServer, folder: Path, token: str = TOKEN) -> Iterator[Bot]:
    config = TelegramConfig(
        enabled=True,
        token_env="TOKEN",
        chat_ids=[OWNER, OTHER],
        api_url=server.url,
        poll_timeout_s=20,
        state=str(folder / "telegram.json"),
    )
    bot = Bot()
    listener = listen(config, bot.commands, bot.notes, {"TOKEN": token})
    assert listener is not None
    try:
        yield bot
    finally:
        listener.stop(WAIT_S)


@pytest.fixture
def bot(server: TelegramServer, tmp_path: Path) -> Iterator[Bot]:
    """Listening, and with the first question asked."""
    with listening(server, tmp_path) as bot:
        server.until(lambda: bool(server.polls))
        yield bot


def code_in(text: str) -> str:
    found = re.search(r"/yes (\d{4}) ", text)
    assert found
    return found[1]


def test_questions_are_answered_in_their_chat(server: TelegramServer, bot: Bot) -> None:
    server.say("/help", OWNER)
    server.say("/Status@NOVOSKY_test_bot", OTHER)
    server.say("/positions now")
    server.answers(3)
    assert server.sent[0] == (OWNER, HELP)
    assert server.sent[1][0] == OTHER
    assert server.sent[1][1].startswith("NOVOSKY BTCUSD M15: trading, connected")
    assert server.sent[2][1].startswith("55 SELL 0.02 BTCUSD at 37123.45")
    assert bot.done() == []


def test_an_answer_shows_what_the_bot_published_last(server: TelegramServer, bot: Bot) -> None:
    bot.commands.publish(replace(DESK, positions=(), state="paused"))
    server.say("/positions")
    assert server.answers(1)[0].startswith("Nothing is open.")


def test_talk_and_other_bots_commands_are_not_for_us(server: TelegramServer, bot: Bot) -> None:
    for text in ("hello /pause", "/pause@other_bot", "", "   ", "/"):
        server.say(text)
    server.say("/pause", forward_origin={"type": "user"})
    server.say("/dance")
    assert server.answers(1)[0].startswith("Unknown command.")
    server.read()
    assert len(server.sent) == 1
    assert bot.done() == []


def test_pause_and_resume_reach_the_bot_and_its_reply_the_chat(server: TelegramServer, bot: Bot) -> None:
    server.say("/pause", OTHER)
    server.say("/resume", OTHER)
    assert server.answers(2)[0] == "The bot will pause in its next cycle."
    taken = bot.commands.take()
    assert [one.name for one in taken] == ["pause", "resume"]
    bot.commands.reply(taken[0], "Paused.")
    server.answers(3)
    assert server.sent[2] == (OTHER, "Paused.")
    assert bot.noted() == ["user 70 asked to pause", "user 70 asked to resume"]


def test_close_and_stop_ask_for_a_code(server: TelegramServer, bot: Bot) -> None:
    for said, done in (("/close 55", ("close", 55)), ("/close all", ("close", ALL)), ("/stop", ("stop", ALL))):
        already = len(server.sent)
        server.say(said)
        asked = server.answers(already + 1)[-1]
        assert bot.done() == []
        server.say(f"/yes {code_in(asked)}")
        assert server.answers(already + 2)[-1].startswith("The bot will ")
        assert bot.done() == [done]


def test_a_code_of_another_person_or_chat_or_a_wrong_one_does_nothing(server: TelegramServer, bot: Bot) -> None:
    server.say("/stop", OWNER, user=70)
    code = code_in(server.answers(1)[0])
    server.say(f"/yes {code}", OWNER, user=71)
    server.say(f"/yes {code}", OTHER, user=70)
    server.say(f"/yes {(int(code) + 1) % 10_000:04d}")
    server.say("/yes")
    assert all(text.startswith("Nothing was done") for text in server.answers(5)[1:])
    assert bot.done() == []


def test_close_needs_to_know_what(server: TelegramServer, bot: Bot) -> None:
    for text in ("/close", "/close 5x", "/close 1 2", "/close 0", "/close -5", "/close ²"):
        server.say(text)
    assert set(server.answers(6)) == {"Which one? /close TICKET or /close all; /positions lists them."}


def test_a_stranger_gets_no_answer_and_is_written_down_once(server: TelegramServer, bot: Bot) -> None:
    for text in ("/stop", "/status", "/help", "/yes 0000"):
        server.say(text, STRANGER, user=90)
    server.say("/help")
    server.answers(1)
    server.read()
    assert [chat for chat, _ in server.sent] == [OWNER]
    assert bot.done() == []
    assert bot.noted() == ["refused a message of user 90 in chat 9, which is not in notify.telegram.chat_ids"]


def test_a_flood_of_strangers_fills_nothing_and_the_owner_is_heard_behind_it(server: TelegramServer, bot: Bot) -> None:
    with server.changed:
        for number in range(1000):
            server.say("/stop", STRANGER + number % 200, user=number)
        server.say("/pause")
    assert server.answers(1) == ["The bot will pause in its next cycle."]
    server.read()
    assert bot.done() == [("pause", ALL)]
    assert len(server.sent) == 1
    assert len(bot.noted()) <= 12


def test_a_flood_from_a_listed_chat_is_bounded(server: TelegramServer, bot: Bot) -> None:
    with server.changed:
        for _ in range(1000):
            server.say("/pause")
            server.clock_s -= 1  # all in the same second
    server.say("/resume", OTHER)
    server.read()
    server.until(lambda: len(server.sent) == A_MINUTE + 2)
    texts = [text for chat, text in server.sent if chat == OWNER]
    taken = bot.done()
    assert len(taken) == 16  # the queue's size: the bot took none meanwhile
    assert sum(text.startswith("The bot will pause") for text in texts) == 16
    assert sum("has not taken what was asked before" in text for text in texts) == A_MINUTE - 16
    assert sum("Too many messages" in text for text in texts) == 1


def test_the_bot_does_not_wait_for_a_server_that_hangs(server: TelegramServer, bot: Bot) -> None:
    with server.changed:  # no request gets an answer while this is held
        server.say("/pause")
        for _ in range(500):
            bot.commands.publish(DESK)
            for command in bot.commands.take():
                bot.commands.reply(command, "x")
    server.answers(1)


def test_a_restart_repeats_nothing(server: TelegramServer, tmp_path: Path) -> None:
    with listening(server, tmp_path) as bot:
        server.until(lambda: bool(server.polls))
        server.say("/pause")
        server.read()
        assert bot.done() == [("pause", ALL)]
    place = json.loads((tmp_path / "telegram.json").read_text())["next_update"]
    server.polls.clear()
    server.say("/resume", age_s=-1)
    with listening(server, tmp_path) as bot:
        server.answers(2)
        assert server.polls[0] == place == 101
        assert bot.done() == [("resume", ALL)]


@pytest.mark.parametrize("is_lost", [False, True])
def test_a_command_that_was_seen_but_not_confirmed_is_not_done_again(
    server: TelegramServer, tmp_path: Path, is_lost: bool
) -> None:
    """Killed after the command was taken: Telegram still has it. The place on disk tells, and else its date."""
    server.say("/pause")
    seen = list(server.updates)
    server.clock_s -= 5
    with listening(server, tmp_path) as bot:
        server.read()  # a request of the first life must not confirm anything in the second
        assert bot.done() == [("pause", ALL)]
    server.clock_s += 5
    if is_lost:
        (tmp_path / "telegram.json").unlink()
    server.updates = seen
    server.polls.clear()
    with listening(server, tmp_path) as bot:
        server.until(lambda: len(server.polls) >= 1)
        server.say("/help")
        server.until(lambda: HELP in dict(enumerate(text for _, text in server.sent)).values())
        assert bot.done() == []
    refused = [text for _, text in server.sent if "was sent before this bot listened" in text]
    assert len(refused) == int(is_lost)


def test_a_message_that_telegram_sends_twice_is_done_once(server: TelegramServer, bot: Bot) -> None:
    server.say("/pause")
    twice = raw(json.dumps({"ok": True, "result": server.updates}).encode())
    server.read()
    with server.changed:
        server.faults.append(twice)
        server.changed.notify_all()
    server.until(lambda: not server.faults)
    server.say("/resume")
    server.read()
    assert bot.done() == [("pause", ALL), ("resume", ALL)]


def test_what_waited_while_the_bot_was_down_is_not_done(server: TelegramServer, tmp_path: Path) -> None:
    server.say("/stop")
    server.say("/pause")
    server.say("/status")
    with listening(server, tmp_path) as bot:
        answers = server.answers(3)
        assert answers[0] == "Not done: /stop was sent before this bot listened; send it again."
        assert answers[2].startswith("NOVOSKY BTCUSD M15")
        assert bot.done() == []


def test_a_command_that_travelled_long_is_not_done(server: TelegramServer, bot: Bot) -> None:
    server.say("/help")
    server.clock_s += 1000
    server.say("/resume", age_s=300)
    assert server.answers(2)[1] == "Not done: /resume is 5 min old; send it again."
    assert bot.done() == []


def test_nothing_is_done_that_could_not_be_written_down(server: TelegramServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with listening(server, tmp_path / "file") as bot:
        server.until(lambda: bool(server.polls))
        server.say("/pause")
        assert server.answers(1) == ["Not done: /pause could not be written down first (is the disk full?)."]
        assert bot.done() == []


def test_how_long_telegram_wants_to_be_left_alone(server: TelegramServer) -> None:
    server.faults = [refuse(429, "Too Many Requests", retry_after=33), refuse(429, "", retry_after="geheim")]
    for wanted_s in (33.0, 0.0):
        with pytest.raises(ApiError) as error:
            BotApi(server.url, TOKEN).updates(None, 0)
        assert (error.value.retry_after_s, error.value.is_refused) == (wanted_s, False)


def test_a_server_that_repeats_the_token_does_not_bring_it_into_a_note(server: TelegramServer) -> None:
    server.faults = [refuse(400, f"who is {TOKEN}?")]
    with pytest.raises(ApiError, match=r"getUpdates: HTTP 400, who is \.\.\.\?"):
        BotApi(server.url, TOKEN).updates(None, 0)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refuse(429, "Too Many Requests: retry after 1", retry_after=0.05), "HTTP 429, Too Many Requests"),
        (refuse(500, "Internal Server Error"), "HTTP 500, Internal"),
        (refuse(409, "Conflict: terminated by other getUpdates request"), "HTTP 409, Conflict"),
        (drop, "no answer (ChunkedEncodingError)"),
        (raw(b"<html>geheim"), "HTTP 200, and no JSON object"),
        (raw(b"[1]", 502), "HTTP 502, and no JSON object"),
        (raw(b'{"ok": true}'), "HTTP 200, no description"),
        (raw(b'{"ok": true, "result": 5}'), "answered without a list"),
        (raw(b"[" * 100_000), "fault (RecursionError)"),
    ],
    ids=["429", "500", "409", "dropped", "html", "no object", "no result", "no list", "deep"],
)
def test_it_hears_again_after_trouble(
    server: TelegramServer, bot: Bot, fault: Callable[..., None], words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with server.changed:
        server.faults += [fault] * 3
        server.changed.notify_all()
    server.until(lambda: not server.faults)
    server.say("/pause")
    server.read()
    trouble, *rest = bot.noted()
    assert trouble.startswith("commands are not heard: ")
    assert words in trouble
    assert sorted(rest) == ["commands are heard again", "user 70 asked to pause"]
    assert bot.done() == [("pause", ALL)]
    assert "geheim" not in trouble + caplog.text


def test_an_update_that_nobody_understands_stops_nothing(server: TelegramServer, bot: Bot) -> None:
    with server.changed:
        for update in (None, 5, {"update_id": "x"}, {"update_id": 100}, {"update_id": 101, "message": {"chat": 7}}):
            server.put(update)
        server.say("/pause")
    server.answers(1)
    server.read()
    assert bot.done() == [("pause", ALL)]


def test_an_answer_is_sent_again_when_telegram_asks_for_patience(server: TelegramServer, bot: Bot) -> None:
    server.send_faults = [refuse(429, "Too Many Requests", retry_after=0.01)]
    server.say("/help")
    assert server.answers(1) == [HELP]
    server.send_faults = [refuse(403, "Forbidden: bot was blocked by the user")]
    server.say("/help")
    server.say("/help")
    server.answers(2)
    assert bot.noted() == ["an answer was not sent: sendMessage: HTTP 403, Forbidden: bot was blocked by the user"]


def test_a_wrong_token_is_said_once_and_never_shown(server: TelegramServer, tmp_path: Path) -> None:
    with listening(server, tmp_path, token="4712:geheim-wrong") as bot:
        noted: list[str] = []
        for _ in range(1000):
            noted += bot.noted()
            if noted:
                break
            timing.time.sleep(0.01)
        timing.time.sleep(0.05)
        assert noted + bot.noted() == ["commands are not heard: getMe: HTTP 401, Unauthorized"]


@pytest.mark.parametrize(("token", "found"), [("", "nothing"), ("geheim", "something else"), ("1:a/b", "something")])
def test_what_is_no_token_is_refused(token: str, found: str) -> None:
    config = TelegramConfig(enabled=True, chat_ids=[1])
    with pytest.raises(ConfigError, match=f"found {found}") as refusal:
        listen(config, Commands(), Notes(), {"TELEGRAM_BOT_TOKEN": token})
    assert "geheim" not in str(refusal.value)


def test_by_default_nobody_listens(compose: Compose) -> None:
    assert listen(compose().notify.telegram, Commands(), Notes(), {}) is None


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("notify.telegram.enabled=true", "notify.telegram.chat_ids: required"),
        ("notify.telegram.api_url=http://api.telegram.org", "expected https://HOST"),
        ("notify.telegram.api_url=https://a:b@api.telegram.org", "without user, password"),
    ],
)
def test_configurations_that_would_harm_are_refused(compose: Compose, override: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        compose(override)
