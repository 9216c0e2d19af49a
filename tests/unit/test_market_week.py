"""The week's feed: what is read, what is kept of it, and what was known when."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from novosky.disk import files
from novosky.errors import DataError, NovoskyError
from novosky.market.feed_archive import Added, add_answer, read_archive
from novosky.market.feed_calendar import calendar_of, known_runs
from novosky.market.feed_refresh import refresh
from novosky.market.weekly_feed import Key, read_week
from support.week_feed import BUSY, PAGE, SUNDAY_MS, WEEK_MS, WeekFeed, event, ms, usual_week, week_feed

MONDAY = ms("2026-08-31 09:00")
JOBS, PMI = ms("2026-09-04 12:30"), ms("2026-09-01 14:00")


def week(rows: list[dict[str, Any]]) -> Any:
    return read_week(json.dumps(rows).encode())


def keep(file: Path, rows: list[dict[str, Any]], at_ms: int) -> Added:
    return add_answer(file, read_archive(file), week(rows), at_ms)


def times(file: Path, first_ms: int = SUNDAY_MS, last_ms: int = SUNDAY_MS) -> list[int]:
    return calendar_of(read_archive(file), first_ms, last_ms).calendar.select(["USD"], "high").tolist()


def test_a_week_begins_on_sunday_in_new_york() -> None:
    found = week(usual_week())
    assert (
        (found.from_ms, found.to_ms)
        == (SUNDAY_MS, SUNDAY_MS + WEEK_MS)
        == (ms("2026-08-30 04:00"), ms("2026-09-06 04:00"))
    )
    assert found.events[Key(JOBS, "USD", "Non-Farm Employment Change")].forecast == "55K"
    assert [listed.impact for listed in found.events.values()] == ["low", "high", "none", "high"]


def test_the_week_of_a_clock_change_is_an_hour_longer() -> None:
    found = week([event("x", "2026-11-01T00:30:00-04:00"), event("y", "2026-11-07T23:30:00-05:00")])
    assert found.to_ms - found.from_ms == WEEK_MS + 3_600_000


@pytest.mark.parametrize(("content", "found"), [
    (PAGE[2], "a web page"),
    (b"[]", "an empty one"),
    (b'{"events": []}', "found dict"),
    (json.dumps([event("x", "2026-09-04T08:30:00")]).encode(), "with its offset"),
    (json.dumps([event("x", "soon")]).encode(), "event 1: expected a date"),
    (json.dumps([event("x", "2026-09-04T08:30:00Z", "Dire")]).encode(), "found 'Dire'"),
    (json.dumps([*usual_week(), event(" ", "2026-09-04T08:30:00Z")]).encode(), "event 5: expected a title"),
    (json.dumps([event("x", "2026-09-04T08:30:00Z", forecast=3)]).encode(), "a text as forecast"),
])  # fmt: skip
def test_half_a_calendar_is_refused(content: bytes, found: str) -> None:
    with pytest.raises(DataError, match=found):
        read_week(content)


def test_revisions_are_kept_as_they_came(tmp_path: Path) -> None:
    file, rows = tmp_path / "a.jsonl", usual_week()
    assert keep(file, rows, MONDAY) == Added(4, 0, 0)
    first = file.read_bytes()
    assert keep(file, rows, MONDAY + 1) == Added(0, 0, 0)
    rows[3] |= {"forecast": "60K"}
    assert keep(file, rows, MONDAY + 2) == Added(0, 1, 0)
    rows[3] |= {"actual": "12K"}
    assert keep(file, [*rows, event("Surprise", "2026-09-04T13:00:00-04:00")], JOBS + 60_000) == Added(1, 1, 0)
    assert file.read_bytes().startswith(first)
    versions = read_archive(file).versions[Key(JOBS, "USD", "Non-Farm Employment Change")]
    assert [(seen, listed.forecast, listed.actual) for seen, listed in versions if listed] == [
        (MONDAY, "55K", ""), (MONDAY + 2, "60K", ""), (JOBS + 60_000, "60K", "12K"),
    ]  # fmt: skip
    assert len(read_archive(file).versions) == 5


def test_what_was_known_in_time_stands(tmp_path: Path) -> None:
    file, rows = tmp_path / "a.jsonl", usual_week()
    keep(file, rows, MONDAY)
    assert times(file) == [PMI, JOBS]
    moved = [*rows[:3], rows[3] | {"date": "2026-09-04T10:00:00-04:00"}]
    keep(file, moved, JOBS - 1)
    assert times(file) == [PMI, ms("2026-09-04 14:00")]  # moved before its time
    keep(file, moved[2:], JOBS)
    assert times(file) == [PMI, ms("2026-09-04 14:00")]  # gone after its time: it was awaited
    keep(file, [*moved[2:], event("Late", "2026-09-03T08:00:00Z")], JOBS + 1)
    found = calendar_of(read_archive(file), SUNDAY_MS, SUNDAY_MS)
    assert ms("2026-09-03 08:00") in found.calendar.time_ms
    assert found.late == 3  # of Sunday, of Thursday, and the one moved


def test_weeks_that_nobody_fetched_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    keep(file, usual_week(), MONDAY)
    later = [row | {"date": row["date"].replace("-09-", "-10-").replace("-08-30", "-09-27")} for row in usual_week()]
    keep(file, later, ms("2026-10-01 00:00"))
    archive = read_archive(file)
    assert len(known_runs(archive)) == 2
    assert len(calendar_of(archive, SUNDAY_MS, SUNDAY_MS + WEEK_MS - 1).calendar) == 4
    with pytest.raises(DataError, match=r"that of 2026-09-06 04:00 UTC is not known; known weeks: 2026-08-30"):
        calendar_of(archive, SUNDAY_MS, ms("2026-10-01 00:00"))
    with pytest.raises(DataError, match="that of 2026-08-30 03:59 UTC"):
        calendar_of(archive, SUNDAY_MS - 60_000, SUNDAY_MS)
    with pytest.raises(DataError, match="known weeks: none"):
        calendar_of(read_archive(tmp_path / "none"), 0, 0)


def test_later_weeks_leave_the_calendar_of_a_known_one(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    keep(file, usual_week(), MONDAY)
    before = calendar_of(read_archive(file), MONDAY, JOBS).calendar.content_hash()
    following = [event("CPI", "2026-09-10T08:30:00-04:00")]
    keep(file, following, ms("2026-09-07 00:00"))
    assert calendar_of(read_archive(file), MONDAY, JOBS).calendar.content_hash() == before
    assert len(known_runs(read_archive(file))) == 1


def test_a_torn_answer_never_was(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    keep(file, usual_week(), MONDAY)
    whole = file.read_bytes()

    def crash(moment: str, operation: str, _path: Path) -> None:
        if (moment, operation) == ("middle", "append"):
            raise KeyboardInterrupt

    with files.observed_by(crash), pytest.raises(KeyboardInterrupt):
        keep(file, usual_week()[:3], MONDAY + 1)
    assert len(file.read_bytes()) > len(whole)
    assert read_archive(file).answers == 1
    assert keep(file, usual_week()[:3], MONDAY + 2) == Added(0, 0, 1)
    assert file.read_bytes().startswith(whole)
    assert read_archive(file).answers == 2


@pytest.mark.parametrize("change", [(b"55K", b"99K"), (b'"High"', b'"Low"'), (b'"at"', b'"a"')])
def test_a_past_that_was_rewritten_is_refused(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    file = tmp_path / "a.jsonl"
    keep(file, usual_week(), MONDAY)
    keep(file, usual_week(), MONDAY + 1)
    content = file.read_bytes().replace(b'"high"', b'"High"')
    file.write_bytes(content.replace(*change, 1))
    with pytest.raises(DataError, match=r"line [12] is not what was written"):
        read_archive(file)


def test_the_feed_is_asked_seldom(tmp_path: Path) -> None:
    with week_feed() as feed:
        news = feed.news(tmp_path, refresh_hours=12.0)
        assert refresh(news, MONDAY).added == Added(4, 0, 0)
        assert refresh(news, MONDAY + 11 * 3_600_000).added is None
        assert feed.asked == 1
        assert refresh(news, MONDAY + 12 * 3_600_000).added == Added(0, 0, 0)
        assert feed.asked == 2


@pytest.mark.parametrize(("fault", "words"), [
    (BUSY, r"answered HTTP 429 \(asked too often\)"),
    (PAGE, "expected JSON, found a web page"),
    ((503, {}, b""), "answered HTTP 503"),
    ((200, {}, b" " * 4_000_001), "sent more than"),
])  # fmt: skip
def test_no_answer_is_a_warning_and_not_asked_for_again_at_once(tmp_path: Path, fault: Any, words: str) -> None:
    with week_feed() as feed:
        news = feed.news(tmp_path)
        refresh(news, MONDAY)
        kept = Path(str(news.path)).read_bytes()
        later = MONDAY + 24 * 3_600_000
        feed.faults.append(fault)
        found = refresh(news, later)
        assert (found.added, found.archive.answers) == (None, 1)
        assert re.search(words, found.warning)
        assert "the last answer is of 2026-08-31 09:00 UTC" in found.warning
        assert refresh(news, later + 149_000).warning.count("not again before") == 1
        assert (feed.asked, Path(str(news.path)).read_bytes()) == (2, kept)
        wait_ms = 400_000 if fault is BUSY else 150_000
        assert refresh(news, later + wait_ms).added == Added(0, 0, 0)


def test_a_feed_that_is_away_or_behind_is_a_warning(tmp_path: Path) -> None:
    away = WeekFeed(url="http://127.0.0.1:9/x").news(tmp_path)
    assert "did not answer" in refresh(away, MONDAY).warning
    with week_feed() as feed:
        news = feed.news(tmp_path / "b")
        assert "is not the current one" in refresh(news, MONDAY + WEEK_MS).warning
        feed.rows = [row | {"date": row["date"].replace("2026-09", "2026-10")} for row in usual_week()[3:]]
        assert refresh(news, MONDAY + WEEK_MS + 60_000).added is None


def test_an_archive_that_cannot_be_written_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "calendar").write_text("a file")
    with week_feed() as feed, pytest.raises(NovoskyError) as refusal:
        refresh(feed.news(tmp_path), MONDAY)
    assert refusal.value.exit_code == 3
    assert feed.asked == 0
