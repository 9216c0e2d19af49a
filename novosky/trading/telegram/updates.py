"""From an update, as a server sent it, to a message, if it is one that can be a command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

LONGEST = 100  # characters of a command


@dataclass(frozen=True, slots=True)
class Message:
    update_id: int
    chat_id: int
    user_id: int
    date_s: int  # when it was sent, epoch seconds by Telegram's clock
    text: str  # at most LONGEST characters


def number_of(update: Any) -> int | None:
    """The update's place in the stream; None where it has none."""
    number = update.get("update_id") if isinstance(update, Mapping) else None
    return number if _is_whole(number) else None


def message_of(update: Any) -> Message | None:
    """The message of a person; None for anything else: bots, channels, anonymous administrators, forwarded text."""
    number = number_of(update)
    message = update.get("message") if isinstance(update, Mapping) else None
    if number is None or not isinstance(message, Mapping):
        return None
    chat, user = message.get("chat"), message.get("from")
    if not isinstance(chat, Mapping) or not isinstance(user, Mapping):
        return None
    chat_id, user_id, date_s, text = chat.get("id"), user.get("id"), message.get("date"), message.get("text", "")
    if not (_is_whole(chat_id) and _is_whole(user_id) and _is_whole(date_s) and isinstance(text, str)):
        return None
    if user.get("is_bot") or any(name in message for name in ("sender_chat", "forward_origin", "via_bot")):
        return None
    return Message(number, chat_id, user_id, date_s, text[:LONGEST])


def _is_whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)
