"""Asking the feed for its week: seldom, with a limit on time and size, and never as a reason to fail."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from pathlib import Path
from typing import Any

from novosky.config.schema.market import NewsConfig
from novosky.disk import files
from novosky.disk.lock import Lock
from novosky.disk.text import as_json
from novosky.errors import DataError, NovoskyError, UserError
from novosky.market.bars import utc_text
from novosky.market.feed_archive import Added, Archive, add_answer, read_archive
from novosky.market.feed_calendar import is_known
from novosky.market.weekly_feed import read_week

LEAST_WAIT_MS = 150_000  # the feed answers two requests in five minutes and refuses further ones
HOUR_MS = 3_600_000
MOST_BYTES = 4_000_000  # a week has about 30,000
LOCK_WAIT_S = 20.0


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The archive after it, what an answer brought (None: nobody was asked, or none came), and what went wrong."""

    archive: Archive
    added: Added | None = None
    warning: str = ""


def refresh(news: NewsConfig, now_ms: int) -> Refreshed:
    """Bring the archive `news.path` up to date, when that is due.

    Due: the last answer is `news.refresh_hours` old, or the current week is not known. Between two requests lie 150 s,
    and what the feed asks for, whatever process made the first. Raises DataError for a damaged archive, NovoskyError
    when it cannot be written; a feed that does not answer is a warning.
    """
    file = Path(str(news.path))
    archive = read_archive(file)
    if not is_due(news, archive, now_ms):
        return Refreshed(archive)
    try:
        with _alone(file.with_name(f".{file.name}.lock")):
            return _ask(news, file, now_ms)
    except UserError as error:
        return Refreshed(read_archive(file), warning=_warning(news, archive, str(error)))


def is_due(news: NewsConfig, archive: Archive, now_ms: int) -> bool:
    """Whether the feed should be asked."""
    if archive.last_ms is None or not is_known(archive, now_ms):
        return True
    return now_ms - archive.last_ms >= news.refresh_hours * HOUR_MS


def _ask(news: NewsConfig, file: Path, now_ms: int) -> Refreshed:
    archive = read_archive(file)  # as whoever had the lock before left it
    if not is_due(news, archive, now_ms):
        return Refreshed(archive)
    stamp = file.with_name(f".{file.name}.asked")
    allowed_ms = _allowed_ms(stamp)
    if now_ms < allowed_ms <= now_ms + 24 * HOUR_MS:  # a stamp further ahead is a clock's mistake
        return Refreshed(
            archive, warning=_warning(news, archive, f"was asked, not again before {utc_text(allowed_ms)}")
        )
    _stamp(stamp, now_ms + LEAST_WAIT_MS)
    try:
        week = read_week(_download(str(news.url), news.timeout_s))
    except _NoAnswerError as error:
        _stamp(stamp, now_ms + max(LEAST_WAIT_MS, error.wait_ms))
        return Refreshed(archive, warning=_warning(news, archive, str(error)))
    except DataError as error:
        return Refreshed(archive, warning=_warning(news, archive, str(error)))
    added = add_answer(file, archive, week, now_ms)
    if is_known(archive, now_ms):
        return Refreshed(archive, added)
    found = f"gave the week from {utc_text(week.from_ms)}, which is not the current one"
    return Refreshed(archive, added, _warning(news, archive, found))


class _NoAnswerError(Exception):
    def __init__(self, words: str, wait_ms: int = 0) -> None:
        super().__init__(words)
        self.wait_ms = wait_ms


def _download(url: str, timeout_s: float) -> bytes:
    """The feed's answer, all of it within `timeout_s`."""
    request = urllib.request.Request(url, headers={"User-Agent": "NOVOSKY", "Accept": "application/json"})
    until_s, content = time.monotonic() + timeout_s, bytearray()
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:  # checked: http or https
            while part := answer.read1(65_536):
                content += part
                if len(content) > MOST_BYTES:
                    raise _NoAnswerError(f"sent more than {MOST_BYTES:,} bytes")
                if time.monotonic() > until_s:
                    raise _NoAnswerError(f"took longer than news.timeout_s={timeout_s:g}")
    except urllib.error.HTTPError as error:
        busy = " (asked too often)" if error.code == 429 else ""
        raise _NoAnswerError(f"answered HTTP {error.code}{busy}", _wait_ms(error.headers)) from None
    except (OSError, HTTPException, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise _NoAnswerError(f"did not answer ({type(error).__name__}: {reason})") from None
    return bytes(content)


def _wait_ms(headers: Message) -> int:
    text = str(headers.get("Retry-After", ""))
    return min(int(text), 86_400) * 1000 if text.isascii() and text.isdecimal() else 0


def _warning(news: NewsConfig, archive: Archive, found: str) -> str:
    age = (
        "nothing is kept of it yet" if archive.last_ms is None else f"the last answer is of {utc_text(archive.last_ms)}"
    )
    return f"news feed {news.url}: {found}; {age}"


def _allowed_ms(stamp: Path) -> int:
    """When the next request may be made; one that cannot be read forbids nothing."""
    try:
        content: Any = json.loads(stamp.read_bytes())
        return int(content["not_before_ms"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _stamp(stamp: Path, not_before_ms: int) -> None:
    try:
        files.make_folder(stamp.parent)
        files.write(stamp, as_json({"not_before_ms": not_before_ms}))
    except OSError as error:
        raise NovoskyError(
            f"{error.filename or stamp}: could not be written ({error.strerror}); the feed was not asked: mend that"
        ) from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process asks and writes at a time; another waits for it. Raises UserError after a while."""
    give_up_s = time.monotonic() + LOCK_WAIT_S
    lock = Lock(path, "calendar fetch")
    while True:
        try:
            lock.take()
            break
        except UserError:
            if time.monotonic() > give_up_s:
                raise
            time.sleep(0.1)
    try:
        yield
    finally:
        lock.release()
