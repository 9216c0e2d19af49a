"""The two methods of the Bot API that are needed, over requests: https://core.telegram.org/bots/api

The libraries for Telegram are frameworks around an event loop (python-telegram-bot, aiogram) or bring one along
(pyTelegramBotAPI). Of what they do a listener that runs in a thread beside a bot needs these two calls, and it needs
them otherwise: python-telegram-bot refuses a whole batch of updates for one that it cannot parse, again and again,
writes the batch to its log, and its HTTP client logs the address with the token in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

BATCH = 100  # updates a request, the most that the API gives
ANSWER_S = 10.0  # beyond the time that a long poll may wait


class ApiError(Exception):
    """A request that failed, in words without the token."""

    def __init__(self, words: str, retry_after_s: float = 0.0, is_refused: bool = False) -> None:
        super().__init__(words)
        self.retry_after_s = retry_after_s
        self.is_refused = is_refused  # 4xx other than 429: the same request will be refused again


class BotApi:
    """One bot's token at one server; not to be shared by threads."""

    def __init__(self, api_url: str, token: str) -> None:
        logging.getLogger("urllib3").setLevel(logging.ERROR)  # names the paths of requests, which hold the token
        self._base, self._token = f"{api_url.rstrip('/')}/bot{token}/", token
        self._session = requests.Session()
        self.server_time_s: float | None = None  # Telegram's clock at the last answer, epoch seconds

    def username(self) -> str:
        """The bot's own name, without @. Raises ApiError."""
        answer = self._ask("getMe", {}, ANSWER_S)
        name = answer.get("username") if isinstance(answer, Mapping) else None
        if not isinstance(name, str):
            raise ApiError("getMe answered without a username")
        return name

    def updates(self, offset: int | None, wait_s: int) -> list[Any]:
        """Messages from number `offset` on, as parsed JSON that nobody checked; waits for one. Raises ApiError."""
        asked: dict[str, Any] = {"timeout": wait_s, "limit": BATCH, "allowed_updates": ["message"]}
        if offset is not None:
            asked["offset"] = offset
        answer = self._ask("getUpdates", asked, wait_s + ANSWER_S)
        if not isinstance(answer, list):
            raise ApiError("getUpdates answered without a list")
        return answer

    def send(self, chat_id: int, text: str) -> None:
        """Plain text: nothing in it is markup. Raises ApiError."""
        self._ask("sendMessage", {"chat_id": chat_id, "text": text[:4096]}, ANSWER_S)

    def _ask(self, method: str, asked: Mapping[str, Any], timeout_s: float) -> Any:
        try:
            response = self._session.post(
                self._base + method, json=asked, timeout=(ANSWER_S, timeout_s), allow_redirects=False
            )
            code, content = response.status_code, response.content
        except requests.RequestException as error:  # whose words hold the address
            raise ApiError(f"{method}: no answer ({type(error).__name__})") from None
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        if not isinstance(answer, Mapping):
            raise ApiError(f"{method}: HTTP {code}, and no JSON object")
        self.server_time_s = _epoch(response.headers.get("Date")) or self.server_time_s
        if answer.get("ok") is True and "result" in answer:
            return answer["result"]
        raise self._refusal(method, code, answer)

    def _refusal(self, method: str, code: int, answer: Mapping[str, Any]) -> ApiError:
        words = str(answer.get("description", "no description")).replace(self._token, "...")[:200]
        parameters = answer.get("parameters")
        after = parameters.get("retry_after", 0) if isinstance(parameters, Mapping) else 0
        retry_after_s = float(after) if isinstance(after, int | float) and 0 < after < 86_400 else 0.0
        return ApiError(f"{method}: HTTP {code}, {words}", retry_after_s, 400 <= code < 500 and code != 429)


def _epoch(date: str | None) -> float | None:
    """From an HTTP header."""
    try:
        parsed: datetime | None = parsedate_to_datetime(date) if date else None
    except ValueError:
        return None
    return parsed.timestamp() if parsed else None
