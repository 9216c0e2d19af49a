"""Codes for what cannot be taken back: whoever asked says his code in the same chat, in time."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass

TRIES = 3
PEOPLE = 100  # that may have a code at a time


@dataclass
class _Asked:
    name: str
    ticket: int
    code: str
    until_s: float
    tries: int = TRIES


class Confirmations:
    """One open question a person and chat; a newer one takes its place. Times never go back."""

    def __init__(self, life_s: float) -> None:
        self._life_s = life_s
        self._asked: dict[tuple[int, int], _Asked] = {}

    def ask(self, chat_id: int, user_id: int, name: str, ticket: int, now_s: float) -> str:
        """The code that confirms it."""
        if len(self._asked) >= PEOPLE:
            del self._asked[next(iter(self._asked))]
        code = f"{secrets.randbelow(10_000):04d}"
        self._asked[chat_id, user_id] = _Asked(name, ticket, code, now_s + self._life_s)
        return code

    def settle(self, chat_id: int, user_id: int, code: str, now_s: float) -> tuple[str, int] | None:
        """(name, ticket) of what the code confirms, once; None where it confirms nothing."""
        asked = self._asked.get((chat_id, user_id))
        if asked is None:
            return None
        asked.tries -= 1
        is_right = now_s < asked.until_s and hmac.compare_digest(code.encode(), asked.code.encode())
        if is_right or asked.tries == 0 or now_s >= asked.until_s:
            del self._asked[chat_id, user_id]
        return (asked.name, asked.ticket) if is_right else None
