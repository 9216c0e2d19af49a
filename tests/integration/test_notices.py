"""Notices through Apprise's own json:// to a local server."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.modes.dispatch import dispatch
from novosky.trading.notices import background
from novosky.trading.notices.background import QUEUE, BackgroundNotifier
from novosky.trading.notices.connect import open_notifier
from novosky.trading.notices.notes import Notes
from novosky.trading.notices.notifier import ALARM, ERROR, GUARD, INFO, KINDS, TRADE, Silent, Tally
from novosky.trading.notices.services import open_services
from support.notice_server import NoticeServer, notice_server

# Apprise looks for a module that Python 3.13 no longer has.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

Compose = Callable[..., Config]
ENV = "NOTIFY_TEST_URLS"
LONG_S = 30.0  # far more than anything here takes


@pytest.fixture
def server() -> Iterator[NoticeServer]:
    with notice_server() as server:
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "WAITS_S", (0.01, 0.02))


def notifier(*addresses: str, notes: Notes | None = None, per_hour: int = 1000) -> BackgroundNotifier:
    services = open_services(ENV, 5.0, {ENV: ", ".join(addresses)})
    return BackgroundNotifier(services, "BOT", KINDS, per_hour, notes or Notes())


def texts(notes: Notes) -> list[str]:
    return [note.text for note in notes.take()]


def test_a_notice_arrives_with_its_kind_and_level(server: NoticeServer) -> None:
    bot = notifier(server.address)
    bot.notify(GUARD, ALARM, "daily loss tripped, <b> & 100 %")
    assert bot.close(LONG_S) == Tally(sent=1)
    (took,) = server.took
    assert (took["title"], took["message"], took["type"]) == (
        "BOT: guard",
        "daily loss tripped, <b> & 100 %",
        "failure",
    )


def test_only_chosen_kinds_are_sent(server: NoticeServer) -> None:
    services = open_services(ENV, 5.0, {ENV: server.address})
    bot = BackgroundNotifier(services, "BOT", [ERROR], 10, Notes())
    bot.notify(TRADE, INFO, "bought")
    bot.notify(ERROR, ALARM, "broken")
    assert bot.close(LONG_S) == Tally(sent=1)
    assert server.messages == ["broken"]


def test_a_service_that_fails_twice_gets_it_the_third_time_and_the_other_one_gets_it_once(server: NoticeServer) -> None:
    with notice_server() as other:
        server.codes = [500, 429]
        notes = Notes()
        bot = notifier(server.address, other.address, notes=notes)
        bot.notify(ERROR, ALARM, "broken")
        assert bot.close(LONG_S) == Tally(sent=1)
        assert (server.messages, other.messages) == (["broken"], ["broken"])
        assert texts(notes) == []


def test_a_service_that_never_answers_is_named_without_its_address(
    server: NoticeServer, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notes()
    gone = "json://user:geheim@127.0.0.1:9/path"
    bot = notifier(server.address, gone, notes=notes)
    for text in ("one", "two"):
        bot.notify(ERROR, ALARM, text)
    assert bot.close(LONG_S) == Tally(failed=2)
    assert texts(notes) == ["service 2 (JSON) takes no notices"]
    assert "geheim" not in caplog.text


def test_the_bot_never_waits_and_what_was_dropped_is_told(server: NoticeServer) -> None:
    server.gate.clear()
    notes = Notes()
    bot = notifier(server.address, notes=notes)
    bot.notify(TRADE, INFO, "first")
    assert server.asked.acquire(timeout=LONG_S)  # the thread now hangs in the service
    for number in range(QUEUE + 7):
        bot.notify(TRADE, INFO, f"trade {number}")  # would hang for good if it waited
    assert bot.tally.dropped == 7
    assert texts(notes) == ["the queue is full: notices are dropped until services answer again"]
    server.gate.set()
    assert bot.close(LONG_S) == Tally(sent=QUEUE + 1, dropped=7)
    assert server.messages[1] == "trade 0\n(7 notices before this one were lost)"


def test_a_stop_waits_no_longer_than_told_and_counts_what_is_left(server: NoticeServer) -> None:
    server.gate.clear()
    notes = Notes()
    bot = notifier(server.address, notes=notes)
    for number in range(3):
        bot.notify(TRADE, INFO, f"trade {number}")
    assert server.asked.acquire(timeout=LONG_S)
    assert bot.close(0.05) == Tally(dropped=3)
    assert texts(notes) == ["3 notices were not sent before the stop"]
    bot.notify(TRADE, INFO, "after")
    assert bot.tally.dropped == 4


def test_held_back_texts_are_told_at_the_stop(server: NoticeServer) -> None:
    bot = notifier(server.address, per_hour=2)
    for text in ("a", "a", "a", "b", "c"):
        bot.notify(ERROR, ALARM, text)
    tally = bot.close(LONG_S)
    assert (tally.sent, tally.held_back) == (4, 3)
    assert server.messages == [
        "a",
        "b",
        "2 times more: a",
        "1 more of this kind were not sent: too many in an hour",
    ]


def test_many_threads_may_notify(server: NoticeServer) -> None:
    bot = notifier(server.address)
    threads = [
        threading.Thread(target=lambda n=n: [bot.notify(TRADE, INFO, f"{n} {i}") for i in range(10)]) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bot.close(LONG_S) == Tally(sent=40)
    assert len(set(server.messages)) == 40


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("", "expected addresses in this environment variable, found nothing"),
        ("json://ok.example, jsonn://user:geheim@host", "address 2 of 2 (jsonn://) is none that Apprise can read"),
        ("geheim:123", "address 1 of 1 (without a schema) is none that Apprise can read"),
        ("tgram://geheim", "address 1 of 1 (tgram://) is none that Apprise can read"),
    ],
)
def test_wrong_addresses_are_refused_without_being_shown(
    value: str, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ConfigError) as refusal:
        open_services(ENV, 1.0, {ENV: value})
    assert words in str(refusal.value)
    assert "geheim" not in str(refusal.value) + caplog.text


def test_addresses_stand_between_commas_spaces_or_lines() -> None:
    services = open_services(ENV, 1.0, {ENV: " json://a.example/x,json://b.example\n xml://c.example; "})
    assert [service.name for service in services] == ["1 (JSON)", "2 (JSON)", "3 (XML)"]


def test_a_service_has_a_time_limit_unless_its_address_says_another() -> None:
    services = open_services(ENV, 1.5, {ENV: "json://a.example json://b.example?rto=9"})
    limits = [service._apprise[0].request_timeout for service in services]
    assert limits == [(1.5, 1.5), (1.5, 9.0)]


def test_nobody_is_told_by_default(compose: Compose) -> None:
    bot = open_notifier(compose().notify, "BOT", Notes(), {})
    bot.notify(ERROR, ALARM, "broken")
    assert isinstance(bot, Silent)
    assert bot.close(0.0) == Tally()


def by_hand(compose: Compose, folder: Path, *overrides: str) -> tuple[int, str]:
    code = dispatch(compose("mode=notify", "notify.message=hello", *overrides), folder).exit_code
    return code, "".join(file.read_text() for file in folder.iterdir())


def test_a_message_by_hand(
    server: NoticeServer, compose: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENV, server.address)
    code, written = by_hand(compose, tmp_path, "notify=apprise", f"notify.urls_env={ENV}")
    assert (code, server.messages) == (0, ["hello"])
    assert "geheim" not in written
    assert json.loads((tmp_path / "result.json").read_text())["services"] == [{"service": "1 (JSON)", "sent": True}]
    server.codes = [500] * 3
    code, written = by_hand(compose, tmp_path, "notify=apprise", f"notify.urls_env={ENV}")
    assert code == 3
    assert "Sent to 0 of 1 services." in written
    code, written = by_hand(compose, tmp_path)
    assert code == 1
    assert "Nobody is told" in written


def test_a_message_is_required(compose: Compose) -> None:
    with pytest.raises(ConfigError, match=r"notify\.message: required"):
        compose("mode=notify", "notify=apprise")


def test_a_bot_without_notices_loads_neither_apprise_nor_requests() -> None:
    code = (
        "import sys, novosky.trading.notices.connect, novosky.trading.telegram.connect;"
        "print([name for name in ('apprise', 'requests', 'urllib3') if name in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
