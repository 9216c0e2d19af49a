"""`mode=dashboard` from the door: once on a pipe, a page until Ctrl-C, and what is refused."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from novosky.config.checks.dashboard import is_loopback
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.modes import dashboard
from novosky.report.dashboard.follow import Follower
from novosky.report.dashboard.observer import Observer
from novosky.report.dashboard.serve import bound
from novosky.report.dashboard.terminal import view
from novosky.report.text import NO_BREAK_SPACE
from novosky.trading.ledger.read_only import read_only_engine
from support import postgresql
from support.dashboard_ledger import BOT, write_desk
from support.dashboard_page import observer_of

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    write_desk(url).ledger.close()
    return url


def shown(observer: Observer, width: int) -> str:
    observer.look()
    console = Console(width=width, record=True, file=open(os.devnull, "w"), highlight=False)  # noqa: SIM115 -- exported
    with console.file:
        console.print(view(observer.state() or {}, width))
    return console.export_text().replace(NO_BREAK_SPACE, " ")


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminals_view_holds_the_ledgers_values(ledger: str, tmp_path: Path, width: int) -> None:
    printed = shown(observer_of(tmp_path, ledger), width)
    for part in ("10,106.50 USD", "10,096.50", "2026-01-05", "61,200.00", "60,700.00", "+0.40", "73.50 of 509.00"):
        assert part in printed, part
    assert "Usual spread: the spread is 80, 75 is let" in " ".join(printed.replace("│", "").split())
    assert max(map(len, printed.splitlines())) <= width


def test_a_place_without_a_bot_is_said_in_the_terminal(tmp_path: Path) -> None:
    assert "No ledger yet" in shown(observer_of(tmp_path), 80)


def test_on_a_pipe_it_prints_once_and_writes_its_result(
    compose: Callable[..., Config], ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = compose("mode=dashboard", f"trade.ledger={ledger}")
    places = {"models": f"{tmp_path}/models", "revisions": f"{tmp_path}/revisions"}
    config = replace(config, paths=replace(config.paths, **places))
    assert dashboard.run(config, tmp_path).exit_code == 0
    assert "10,106.50 USD" in capsys.readouterr().out.replace(NO_BREAK_SPACE, " ")
    result = json.loads((tmp_path / "result.json").read_text())
    assert (result["mode"], result["view"], result["account"]["equity"]) == ("dashboard", "terminal", 10_106.5)


def test_ctrl_c_ends_the_page_with_a_result(ledger: str, tmp_path: Path) -> None:
    with bound("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    words = ["mode=dashboard", "dashboard.view=web", f"dashboard.port={port}", f"trade.ledger={ledger}"]
    command = [sys.executable, str(ROOT / "run.py"), *words, f"hydra.run.dir={tmp_path / 'run'}"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as done:
        assert done.stdout is not None
        assert f"http://127.0.0.1:{port}/" in done.stdout.readline()
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        link.request("GET", "/api/state")
        assert json.loads(link.getresponse().read())["account"]["equity"] == 10_106.5
        link.close()
        done.send_signal(signal.SIGINT)
        assert done.wait(20) == 0
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert result["requests"] == {"answered": 1, "refused": 0}
    assert result["address"] == f"http://127.0.0.1:{port}/"


def test_other_machines_need_a_token_that_is_one(
    compose: Callable[..., Config], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [is_loopback(host) for host in ("127.0.0.1", "127.1.2.3", "::1", "localhost")] == [True] * 4
    assert not any(map(is_loopback, ("0.0.0.0", "192.0.2.7", "::", "desk.example", "")))
    with pytest.raises(ConfigError, match=r"dashboard\.token_env="):
        compose("mode=dashboard", "dashboard.host=0.0.0.0")
    config = compose("mode=dashboard", "dashboard.view=web", "dashboard.token_env=NOVOSKY_TEST_TOKEN")
    for token in (None, "short"):
        if token is not None:
            monkeypatch.setenv("NOVOSKY_TEST_TOKEN", token)
        with pytest.raises(ConfigError, match="a secret of 16 characters") as refused:
            dashboard.run(config, tmp_path)
        assert "short" not in str(refused.value)


def test_a_port_that_is_taken_is_the_users_to_mend(compose: Callable[..., Config], tmp_path: Path) -> None:
    with bound("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        config = compose("mode=dashboard", "dashboard.view=web", f"dashboard.port={port}")
        with pytest.raises(ConfigError, match=r"dashboard\.port="):
            dashboard.run(config, tmp_path)


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    with postgresql.server() as url:
        yield url.format("postgres")


def test_a_ledger_on_postgresql_is_followed_and_only_read(postgresql_url: str) -> None:
    hand = write_desk(postgresql_url)
    follower = Follower(postgresql_url)
    follower.is_wanted = True
    assert follower.look()
    assert follower.books[BOT].state.number == hand.ledger.state.number
    hand.leave(9, 103, 62_200.0, 50.0, "tp")
    assert follower.look()
    assert follower.books[BOT].state.positions == {}
    hand.ledger.close()
    _refuses_to_write(read_only_engine(postgresql_url))


def test_sqlite_refuses_to_write_where_it_only_reads(ledger: str) -> None:
    _refuses_to_write(read_only_engine(ledger))


def _refuses_to_write(engine: Any) -> None:
    with pytest.raises(DBAPIError, match=r"(?i)read-?only"), engine.begin() as connection:
        connection.execute(text("INSERT INTO schema_versions (version, applied_ms) VALUES (99, 1)"))
    engine.dispose()
