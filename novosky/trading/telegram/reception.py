"""What becomes of a message: an answer, a command for the bot, a question for a code, or nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from novosky.trading.notices.notes import Notes
from novosky.trading.notices.throttle import SlidingLimit
from novosky.trading.telegram.answers import HELP, QUESTIONS, answer
from novosky.trading.telegram.commands import ALL, CLOSE, PAUSE, RESUME, STOP, Command, Commands, Sink
from novosky.trading.telegram.confirmations import Confirmations
from novosky.trading.telegram.strangers import Strangers
from novosky.trading.telegram.updates import Message

NAME = "telegram"
TOO_OLD_S = 120.0
A_MINUTE = 30  # messages of one person that are looked at
PEOPLE = 1000


@dataclass(frozen=True, slots=True)
class Now:
    """When a message is looked at."""

    s: float  # a clock that never goes back
    telegram_s: float  # Telegram's clock, epoch seconds
    started_s: float  # Telegram's clock when this listener began
    may_act: bool = True  # the place in the stream is on disk


class Reception:
    """Listed chats alone are answered; `send` may not wait."""

    def __init__(
        self, chat_ids: Collection[int], username: str, confirm_s: float, commands: Commands, notes: Notes, send: Sink
    ) -> None:
        self._chat_ids, self._username = frozenset(chat_ids), username.lower()
        self._commands, self._notes, self._send = commands, notes, send
        self._confirmations, self._confirm_s = Confirmations(confirm_s), confirm_s
        self._strangers = Strangers()
        self._pace: dict[tuple[int, int], SlidingLimit] = {}

    def receive(self, message: Message, now: Now) -> None:
        """Look at one message."""
        if message.chat_id not in self._chat_ids:
            if told := self._strangers.refuse(message.chat_id, message.user_id, now.s):
                self._notes.put(NAME, "warning", told)
            return
        words = message.text.split()
        name = self._name(words[0]) if words else ""
        if not name or not self._in_pace(message, now):
            return
        if name in QUESTIONS:
            self._send(message.chat_id, answer(name, self._commands.shown))
        else:
            self._send(message.chat_id, self._act(name, words[1:], message, now))

    def _name(self, word: str) -> str:
        """Of the command; empty for other talk and for other bots' commands."""
        name, _, addressee = word.lower().partition("@")
        is_ours = name.startswith("/") and addressee in ("", self._username)
        return name[1:] if is_ours else ""

    def _in_pace(self, message: Message, now: Now) -> bool:
        who = message.chat_id, message.user_id
        if who not in self._pace and len(self._pace) >= PEOPLE:
            del self._pace[next(iter(self._pace))]
        pace = self._pace.setdefault(who, SlidingLimit(A_MINUTE, 60.0))
        if not pace.admit(now.s):
            return False
        if not pace.admits(now.s):
            self._send(message.chat_id, "Too many messages: nothing more is looked at for a minute.")
        return True

    def _act(self, name: str, rest: list[str], message: Message, now: Now) -> str:
        """The answer to something that is to be done."""
        if name not in (PAUSE, RESUME, CLOSE, STOP, "yes"):
            return f"Unknown command.\n{HELP}"
        if against := _why_not(message, now):
            return f"Not done: /{name} {against}."
        if name == "yes":
            return self._confirmed(rest, message, now)
        if name in (PAUSE, RESUME):
            return self._hand_over(name, ALL, message)
        ticket = _ticket(rest) if name == CLOSE else ALL
        if ticket is None:
            return "Which one? /close TICKET or /close all; /positions lists them."
        code = self._confirmations.ask(message.chat_id, message.user_id, name, ticket, now.s)
        return f"To {_what(name, ticket)} send /yes {code} within {self._confirm_s:.0f} s."

    def _confirmed(self, rest: list[str], message: Message, now: Now) -> str:
        code = rest[0] if len(rest) == 1 else ""
        asked = self._confirmations.settle(message.chat_id, message.user_id, code, now.s)
        if asked is None:
            return "Nothing was done: this code confirms nothing, or its time is over. Ask again."
        return self._hand_over(*asked, message)

    def _hand_over(self, name: str, ticket: int, message: Message) -> str:
        command = Command(name, message.chat_id, message.user_id, message.update_id, ticket)
        if not self._commands.offer(command):
            return f"Not done: the bot has not taken what was asked before. Send /{name} again later."
        self._notes.put(NAME, "info", f"user {message.user_id} asked to {_what(name, ticket)}")
        return f"The bot will {_what(name, ticket)} in its next cycle."


def _why_not(message: Message, now: Now) -> str:
    """Why something that is to be done is not done at all; empty where nothing speaks against it."""
    if message.date_s <= now.started_s:
        return "was sent before this bot listened; send it again"
    if now.telegram_s - message.date_s > TOO_OLD_S:
        return f"is {(now.telegram_s - message.date_s) / 60:.0f} min old; send it again"
    return "" if now.may_act else "could not be written down first (is the disk full?)"


def _ticket(rest: list[str]) -> int | None:
    if len(rest) != 1:
        return None
    if rest[0].lower() == "all":
        return ALL
    return int(rest[0]) if rest[0].isascii() and rest[0].isdigit() and int(rest[0]) > 0 else None


def _what(name: str, ticket: int) -> str:
    if name == CLOSE:
        return f"close position {ticket}" if ticket else "close every position"
    return "stop" if name == STOP else name
