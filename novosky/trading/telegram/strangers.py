"""Who is refused: he gets no answer, and the owner hears of him once an hour."""

from __future__ import annotations

from novosky.trading.notices.throttle import HOUR_S, SlidingLimit

REMEMBERED = 1000  # strangers
TOLD_AN_HOUR = 10  # of all strangers together


class Strangers:
    """Chats that are not listed. Times are seconds of a clock that never goes back."""

    def __init__(self) -> None:
        self._told: dict[tuple[int, int], float] = {}
        self._limit = SlidingLimit(TOLD_AN_HOUR, HOUR_S)
        self._unsaid = 0

    def refuse(self, chat_id: int, user_id: int, now_s: float) -> str:
        """What is to be written down of this message; empty where the hour has heard of its sender.

        Numbers alone: a stranger chooses his name and his words.
        """
        who = chat_id, user_id
        if now_s - self._told.get(who, -HOUR_S) < HOUR_S or not self._limit.admit(now_s):
            self._unsaid += 1
            return ""
        self._told.pop(who, None)
        self._told[who] = now_s
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]
        before, self._unsaid = self._unsaid, 0
        more = f"; {before} more of strangers' messages were refused before" if before else ""
        return f"refused a message of user {user_id} in chat {chat_id}, which is not in notify.telegram.chat_ids{more}"
