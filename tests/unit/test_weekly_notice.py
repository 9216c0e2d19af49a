"""The week's notice reaches a service, or the phase fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from novosky.errors import NovoskyError
from novosky.modes.weekly_ports import tell
from novosky.trading.notices import background
from support.notice_server import notice_server

pytest.importorskip("apprise")
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


def test_a_notice_is_sent_or_the_failure_is_told(
    compose: Callable[..., Config], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "WAITS_S", (0.0, 0.0))
    assert "nobody is told" in tell(compose("mode=weekly"), "info", "kept")
    with notice_server() as server:
        monkeypatch.setenv("WEEKLY_TEST_URLS", server.address)
        config = compose("mode=weekly", "notify=apprise", "notify.urls_env=WEEKLY_TEST_URLS")
        assert tell(config, "info", "Weekly run: kept") == "sent"
        assert "Weekly run: kept" in server.messages[0]
        server.codes = [500] * 10
        with pytest.raises(NovoskyError, match="not taken by every service"):
            tell(config, "alarm", "Weekly run: failed")
    quiet = compose("mode=weekly", "notify=apprise", "notify.urls_env=WEEKLY_TEST_URLS", "notify.events=[trade]")
    assert "without weekly_report" in tell(quiet, "info", "kept")
