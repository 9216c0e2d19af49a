"""Sessions against the zone database, 2015-2035."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from novosky.market.sessions import SESSIONS, is_eu_summer, is_us_summer, session_flags

HOUR_MS = 3_600_000
ZONES = (("Asia/Tokyo", 9, 18), ("Europe/London", 8, 17), ("America/New_York", 8, 17))


def epoch_ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def hours(first: str, last: str) -> list[int]:
    return list(range(epoch_ms(first), epoch_ms(last), HOUR_MS))


def in_session(time_ms: int, zone: ZoneInfo, begin: int, end: int) -> bool:
    local = datetime.fromtimestamp(time_ms / 1000, zone)
    return local.weekday() < 5 and begin <= local.hour < end


def test_sessions_follow_the_zone_database_on_every_hour_of_twenty_years() -> None:
    times = hours("2015-01-01", "2036-01-01")
    flags = session_flags(np.array(times))
    assert SESSIONS == ("asian", "london", "new_york")
    for column, (name, begin, end) in enumerate(ZONES):
        zone = ZoneInfo(name)
        expected = [in_session(time, zone, begin, end) for time in times]
        assert flags[:, column].tolist() == expected, name


def test_a_session_ends_one_millisecond_before_its_last_hour() -> None:
    before = [time - 1 for time in hours("2024-01-01", "2025-01-01")]
    flags = session_flags(np.array(before))
    for column, (name, begin, end) in enumerate(ZONES):
        zone = ZoneInfo(name)
        assert flags[:, column].tolist() == [in_session(time, zone, begin, end) for time in before], name


@pytest.mark.parametrize(("summer", "zone"), [(is_eu_summer, "Europe/London"), (is_us_summer, "America/New_York")])
def test_clocks_change_at_the_very_millisecond(summer: Callable[[int], bool], zone: str) -> None:
    info = ZoneInfo(zone)

    def is_summer(time_ms: int) -> bool:
        return datetime.fromtimestamp(time_ms / 1000, info).dst() == timedelta(hours=1)

    times = hours("2015-01-01", "2036-01-01")
    changes = [b for a, b in pairwise(times) if is_summer(a) != is_summer(b)]
    assert len(changes) == 42
    for change in changes:
        assert summer(change - 1) == is_summer(change - HOUR_MS)
        assert summer(change) == is_summer(change)


def test_hand_made_moments() -> None:
    moments = {
        "2024-07-01T00:00": (True, False, False),  # Monday 09:00 in Tokyo
        "2024-07-01T09:00": (False, True, False),  # 18:00 in Tokyo, 10:00 in London
        "2024-07-01T12:00": (False, True, True),  # 13:00 in London, 08:00 in New York
        "2024-07-01T16:00": (False, False, True),  # 17:00 in London
        "2024-03-12T12:00": (False, True, True),  # New York has summer time already: 08:00
        "2024-03-08T12:00": (False, True, False),  # the week before: 07:00
        "2024-07-06T12:00": (False, False, False),  # Saturday
    }
    flags = session_flags(np.array([epoch_ms(text) for text in moments]))
    assert [tuple(row) for row in flags.tolist()] == list(moments.values())


def test_an_empty_array_gives_no_rows() -> None:
    assert session_flags(np.empty(0, dtype=np.int64)).shape == (0, 3)
