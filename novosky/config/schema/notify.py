"""Who is told, of what, and who may give commands from a chat."""

# ruff: noqa: RUF009 -- key() is dataclasses.field()
from __future__ import annotations

from dataclasses import dataclass, field

from novosky.config.schema.keys import REQUIRED, key

TRADE, DAILY_REPORT, GUARD, ERROR, START_STOP, DRIFT = "trade", "daily_report", "guard", "error", "start_stop", "drift"
WEEKLY_REPORT = "weekly_report"
KINDS = (TRADE, DAILY_REPORT, GUARD, ERROR, START_STOP, DRIFT, WEEKLY_REPORT)


@dataclass
class TelegramConfig:
    enabled: bool = key(False, "take commands from Telegram chats")
    token_env: str = key("TELEGRAM_BOT_TOKEN", "NAME of the environment variable with the bot's token")
    chat_ids: list[int] = key([], "chats that are listened to; everybody in them may give commands")
    api_url: str = key("https://api.telegram.org", "address of the Bot API")
    poll_timeout_s: int = key(20, "longest time that a question for new messages waits, seconds", ge=0, le=50)
    confirm_s: int = key(60, "life of the code that /close and /stop ask for, seconds", ge=10, le=600)
    state: str = key("outputs/trade/telegram.json", "file with the place in the stream of messages")


@dataclass
class NotifyConfig:
    kind: str = key(REQUIRED, "who is told: nobody, or the services of Apprise", choices=("none", "apprise"))
    urls_env: str | None = key(None, "NAME of the environment variable with Apprise's addresses, by comma or space")
    events: list[str] = key(list(KINDS), "kinds of notices that are sent", choices=KINDS)
    per_hour: int = key(20, "most notices of a kind in an hour; the others are counted, and the count is told", ge=1)
    timeout_s: float = key(10.0, "longest wait for a service's answer, seconds", gt=0, le=300)
    message: str = key("", "text of mode=notify")
    telegram: TelegramConfig = field(default_factory=TelegramConfig)
