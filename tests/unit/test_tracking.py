"""Trackers without a training: numbers by path, servers that are dead or sick, a library that is missing or fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.tracking import port
from novosky.tracking.numbers import numbers_of
from novosky.tracking.port import LocalTracker, Rows, Tracked, check_installed
from novosky.tracking.sending import send, why_not
from novosky.tracking.wandb_run import WandbTracker, open_tracker
from support.wandb_file import offline_runs

RUN = Tracked("iteration", "loop 1", {"seed": 7}, {"gate/score": 1.25}, {"decision": "REVERT"}, "no",
              {"trades": Rows(("r",), [(1.0,), (-1.0,)])})  # fmt: skip


@pytest.fixture
def wandb_config(compose: Callable[..., Config]) -> Config:
    return compose("tracker=wandb")


@contextmanager
def server(get: int, post: int) -> Iterator[str]:
    """A server that answers these codes."""

    class Sick(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(get)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_error(post)

        def log_message(self, *said: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Sick) as sick:
        threading.Thread(target=sick.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{sick.server_port}"
        sick.shutdown()


def test_numbers_by_path() -> None:
    tree = {"a": 1, "b": {"c": 2.5, "d_interval": [-1.0, None], "e": "word", "f": True}, "g": [1, 2, 3], "h": None}
    assert numbers_of(tree, "gate") == {"gate/a": 1, "gate/b/c": 2.5, "gate/b/d_interval/low": -1.0}


def test_a_dead_and_a_sick_server_are_one_sentence_each() -> None:
    assert why_not("http://127.0.0.1:9") == "http://127.0.0.1:9 does not answer (Connection refused)"
    assert "does not answer" in str(why_not("no address"))
    with server(500, 500) as url:
        assert why_not(url) == f"{url} answers 500"
    with server(404, 500) as url:
        assert why_not(url) is None


def test_local_asks_for_nothing(compose: Callable[..., Config], tmp_path: Path) -> None:
    tracker = open_tracker(compose().tracker, tmp_path, None)
    assert isinstance(tracker, LocalTracker)
    assert tracker.record(lambda: pytest.fail("nothing is put together")) == []


def test_a_missing_library_and_a_password_in_the_address(wandb_config: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="without user and password") as refused:
        check_installed(replace(wandb_config.tracker, base_url="https://me:hunter2@wandb.my"))
    assert "hunter2" not in str(refused.value)
    monkeypatch.setattr(port, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="install the extra `wandb`"):
        check_installed(wandb_config.tracker)


def test_whatever_fails_is_a_sentence(wandb_config: Config, tmp_path: Path) -> None:
    def make() -> Tracked:
        raise OSError(28, "No space left on device")

    (said,) = WandbTracker(wandb_config.tracker, tmp_path, None).record(make)
    assert said == "tracker=wandb: not recorded (OSError: [Errno 28] No space left on device); the run goes on"


@pytest.mark.filterwarnings("ignore")  # W&B's own
def test_runs_of_one_process_stay_apart_and_a_slow_server_has_a_deadline(
    wandb_config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb")
    monkeypatch.setenv("MY_KEY", "planted-0123456789abcdef0123456789abcdef01234567")
    settings = replace(wandb_config.tracker, api_key_env="MY_KEY", timeout_s=5.0)
    tracker = WandbTracker(settings, tmp_path, "group")
    for score in (1.25, 2.5):
        assert tracker.record(lambda score=score: replace(RUN, metrics={"gate/score": score})) == []
    first, second = offline_runs(tmp_path)
    assert (first.metrics(), second.metrics()) == ({"gate/score": 1.25}, {"gate/score": 2.5})
    assert first.id != second.id
    assert (first.group, first.kind, first.notes, first.summary["decision"]) == ("group", "iteration", "no", "REVERT")
    assert first.table("trades")["data"] == [[1.0], [-1.0]]
    with server(404, 500) as url:
        said = send(replace(settings, base_url=url), first.folder, tmp_path)
    assert said == f"{url} took longer than tracker.timeout_s=5"
    assert offline_runs(tmp_path)[0].metrics() == {"gate/score": 1.25}, "for `wandb sync`, later"
    for file in filter(Path.is_file, tmp_path.rglob("*")):
        assert b"planted-" not in file.read_bytes()
