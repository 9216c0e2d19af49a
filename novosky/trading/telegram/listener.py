"""The thread that asks Telegram for messages, and the one that sends answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from novosky.trading.notices.notes import Notes
from novosky.trading.notices.throttle import HOUR_S, SlidingLimit
from novosky.trading.notices.worker import Worker
from novosky.trading.telegram.api import BATCH, ApiError, BotApi
from novosky.trading.telegram.commands import Commands, Sink
from novosky.trading.telegram.place import Place
from novosky.trading.telegram.reception import NAME, Now, Reception
from novosky.trading.telegram.updates import message_of, number_of

FIRST_WAIT_S, LONGEST_WAIT_S, REFUSED_WAIT_S = 1.0, 60.0, 60.0
FULL_BATCH_WAIT_S = 0.5  # in a flood the bot's own thread comes first
TOLD_AN_HOUR = 10
ANSWERS = 50  # that wait to be sent; more are dropped


class Settings(NamedTuple):
    """The group notify.telegram, with the token."""

    api_url: str
    token: str
    chat_ids: Collection[int]
    poll_timeout_s: int
    confirm_s: float
    state: Path


class Listener:
    """Listens from `start` to `stop`. It never raises: what goes wrong becomes a note, and it tries again."""

    def __init__(self, settings: Settings, commands: Commands, notes: Notes) -> None:
        self._settings, self._commands, self._notes = settings, commands, notes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="telegram", daemon=True)
        self._outgoing_api = BotApi(settings.api_url, settings.token)
        self._answers: Worker[tuple[int, str]] | None = None
        self._trouble, self._limit = "", SlidingLimit(TOLD_AN_HOUR, HOUR_S)

    def start(self) -> None:
        """Returns at once; the first request is made by the thread."""
        self._answers = Worker("telegram answers", self._send, ANSWERS, self._broken)
        self._commands.answered_by(self._answer)
        self._thread.start()

    def stop(self, timeout_s: float) -> None:
        """Listen no more, send the answers that wait, within `timeout_s`.

        A request that still waits for a message is left alone: what it brings is not looked at.
        """
        self._stopping.set()
        if self._answers is not None and (undone := self._answers.close(timeout_s)):
            self._notes.put(NAME, "warning", f"{undone} answers were not sent before the stop")

    def _answer(self, chat_id: int, text: str) -> None:
        if self._answers is not None:
            self._answers.put((chat_id, text))

    def _send(self, answer: tuple[int, str]) -> None:
        """Once more where Telegram asks for patience or did not answer."""
        assert self._answers is not None
        try:
            self._outgoing_api.send(*answer)
        except ApiError as error:
            if error.is_refused or not self._answers.wait(error.retry_after_s or FIRST_WAIT_S):
                raise
            self._outgoing_api.send(*answer)

    def _broken(self, error: Exception) -> None:
        words = str(error) if isinstance(error, ApiError) else f"fault ({type(error).__name__})"
        self._notes.put(NAME, "warning", f"an answer was not sent: {words}")

    def _run(self) -> None:
        """Again and again, with longer and longer waits while it fails."""
        wait_s = FIRST_WAIT_S
        session: _Session | None = None
        while not self._stopping.is_set():
            pause_s = 0.0
            try:
                session = session or _Session(self._settings, self._commands, self._notes, self._answer)
                pause_s = FULL_BATCH_WAIT_S if session.poll(self._stopping) >= BATCH else 0.0
                self._say_well()
                wait_s = FIRST_WAIT_S
            except ApiError as error:
                self._say_trouble(str(error))
                pause_s = error.retry_after_s or (REFUSED_WAIT_S if error.is_refused else wait_s)
                wait_s = min(2 * wait_s, LONGEST_WAIT_S)
            except Exception as error:  # its words may hold the token
                self._say_trouble(f"fault ({type(error).__name__})")
                pause_s, wait_s = wait_s, min(2 * wait_s, LONGEST_WAIT_S)
            self._stopping.wait(pause_s)

    def _say_trouble(self, words: str) -> None:
        """Once for each kind of trouble in a row."""
        if words == self._trouble or self._stopping.is_set() or not self._limit.admit(time.monotonic()):
            return
        self._notes.put(NAME, "warning", f"commands are not heard: {words}")
        self._trouble = words

    def _say_well(self) -> None:
        if self._trouble:
            self._notes.put(NAME, "info", "commands are heard again")
        self._trouble = ""


class _Session:
    """From the first answer on: whose bot this is, when it began, and where it stands in the stream."""

    def __init__(self, settings: Settings, commands: Commands, notes: Notes, send: Sink) -> None:
        self._settings = settings
        self._api = BotApi(settings.api_url, settings.token)
        username = self._api.username()
        self._started_s = self._telegram_s()
        self._place = Place(settings.state, settings.token.partition(":")[0], time.time())
        self._reception = Reception(settings.chat_ids, username, settings.confirm_s, commands, notes, send)

    def poll(self, stopping: threading.Event) -> int:
        """Ask once and look at what came; how many updates that were. Raises ApiError."""
        first = self._place.next(time.time())
        updates = self._api.updates(first, self._settings.poll_timeout_s)
        numbers = [number for update in updates if (number := number_of(update)) is not None]
        if stopping.is_set() or not numbers:
            return len(updates)
        is_kept = self._place.move(max(numbers) + 1, time.time())
        now = Now(time.monotonic(), self._telegram_s(), self._started_s, is_kept)
        for update in updates:
            message = message_of(update)
            if message is not None and (first is None or message.update_id >= first):
                self._reception.receive(message, now)
        return len(updates)

    def _telegram_s(self) -> float:
        """This machine's clock only where the server names none."""
        return self._api.server_time_s or time.time()
