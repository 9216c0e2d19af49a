"""The page's server asked by real connections: who is let in, what is refused, and that nothing changes anything."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from novosky.errors import ConfigError
from novosky.report.dashboard.serve import Page, bound
from support.dashboard_ledger import write_desk
from support.dashboard_page import answer_to, observer_of, served

TOKEN = "a-secret-of-some-length-ü"
PATHS = ("/", "/login", "/session", "/static/main.js", "/api/state", "/api/bars", "/events", "/reports/x", "/nothing")
MB = 1_000_000
SECRET = "root:x:0:0"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dashboard")
    write_desk(f"sqlite:///{folder / 'ledger.sqlite'}").ledger.close()
    (folder / "runs/backtest/1").mkdir(parents=True)
    (folder / "runs/backtest/1/report.html").write_text("<p>a report</p>")
    (folder / "secret.txt").write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def page(folder: Path) -> Iterator[Page]:
    with served(observer_of(folder)) as page:
        yield page


@pytest.fixture(scope="module")
def locked(folder: Path) -> Iterator[Page]:
    with served(observer_of(folder), token=TOKEN, host="0.0.0.0") as page:
        yield page


@dataclass
class Answer:
    status: int
    headers: Message
    body: bytes


def asked(page: Page, path: str, method: str = "GET", at: str = "127.0.0.1", **headers: str) -> Answer:
    link = http.client.HTTPConnection(at, page.sock.getsockname()[1], timeout=5)
    with closing(link):
        link.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = link.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def json_of(page: Page, path: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(asked(page, path).body)
    return content


class Stream:
    """An open line to /events."""

    def __init__(self, page: Page) -> None:
        self.link = http.client.HTTPConnection("127.0.0.1", page.sock.getsockname()[1], timeout=5)
        self.link.request("GET", "/events")
        self.answer = self.link.getresponse()

    def version(self) -> str:
        """The next one that is told."""
        while line := self.answer.readline():
            if line.startswith(b'data: {"version"'):
                return str(json.loads(line.removeprefix(b"data: "))["version"])
        raise AssertionError("the stream ended")

    def close(self) -> None:
        self.answer.close()
        self.link.close()


def state_of(page: Page, **headers: str) -> dict[str, Any]:
    state = json.loads(asked(page, "/api/state", **headers).body)
    return {name: value for name, value in state.items() if name not in ("made_ms", "looked_ms")}


def test_the_state_is_the_ledgers(page: Page) -> None:
    state = json_of(page, "/api/state")
    assert state["account"]["equity"] == 10_106.5
    assert state["figures"]["whole"]["net"] == 97.2
    assert state["sources"][0]["id"] == state["source"]
    bars = json_of(page, "/api/bars")
    assert len(bars["bars"]) == 9


def test_every_answer_carries_the_headers_that_bind_the_browser(page: Page) -> None:
    for path in ("/", "/api/state", "/static/main.js", "/nothing"):
        answer = asked(page, path)
        assert answer.headers["content-security-policy"].startswith("default-src 'self'; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["server"] is None
    assert "sandbox allow-scripts" in asked(page, _report(page)).headers["content-security-policy"]


def _report(page: Page) -> str:
    (one,) = json_of(page, "/api/state")["pages"]
    return f"/reports/{one['id']}"


def test_no_script_and_no_style_stands_inside_the_page(page: Page) -> None:
    text = asked(page, "/").body.decode()
    assert "<script>" not in text
    assert "<style" not in text
    assert " style=" not in text
    assert " onclick" not in text


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "", "[::2]", "127.0.0.2"]
)
def test_another_name_is_refused(page: Page, host: str) -> None:
    for path in ("/", "/api/state", "/events"):
        answer = asked(page, path, host=host)
        assert answer.status == 421, path
        assert b"10106" not in answer.body


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "[::1]:8765"])
def test_this_machines_own_names_are_let(page: Page, host: str) -> None:
    assert asked(page, "/api/state", host=host).status == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "BREW"])
def test_nothing_but_reading_is_let(page: Page, method: str) -> None:
    for path in PATHS:
        port = page.sock.getsockname()[1]
        got = answer_to(("127.0.0.1", port), f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert got.startswith(b"HTTP/1.1 405 "), (method, path)


def test_a_megabyte_of_junk_anywhere_changes_nothing(page: Page, folder: Path) -> None:
    file = folder / "ledger.sqlite"
    before, ledger = state_of(page), file.read_bytes()
    address = ("127.0.0.1", page.sock.getsockname()[1])
    junk = bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"").replace(b" ", b"") * (MB // 252)
    letters = b"%41" * (MB // 3)
    for path in map(str.encode, PATHS):
        head = b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n"
        tried = {
            "query": b"GET " + path + b"?source=" + letters + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "path": b"GET " + path + letters + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
            "header": head + b"X-Junk: " + letters + b"\r\n\r\n",
            "cookie": head + b"Cookie: novosky_dashboard=" + letters + b"\r\n\r\n",
            "body": head + b"Content-Length: %d\r\n\r\n" % len(junk) + junk,
            "chunks": head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(junk) + junk + b"\r\n0\r\n\r\n",
            "nothing but junk": junk,
        }
        for name, request in tried.items():
            got = answer_to(address, request)
            status = got.split(b" ", 2)[1] if got.startswith(b"HTTP/1.1 ") else b"closed"
            assert status in (b"400", b"413", b"414", b"431", b"closed"), (path, name, got[:200])
    assert state_of(page) == before
    assert file.read_bytes() == ledger


@pytest.mark.parametrize(
    "path",
    [
        "/static/../app.py", "/static/..%2fapp.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/",
        "/reports/../../secret.txt", "/reports/..%2f..%2fsecret.txt", "/reports/%2e%2e%2f%2e%2e%2fsecret.txt",
        "/reports/secret.txt", "/reports/..\\secret.txt", "/reports/%00", "//etc/passwd", "/../secret.txt",
    ],
)  # fmt: skip
def test_no_path_leads_out(page: Page, path: str) -> None:
    got = answer_to(
        ("127.0.0.1", page.sock.getsockname()[1]),
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode(),
    )
    assert got.split(b" ")[1] in (b"404", b"400")
    assert SECRET.encode() not in got
    assert b"import" not in got


def test_a_source_that_is_none_and_a_time_that_is_none_are_refused(page: Page) -> None:
    assert asked(page, "/api/state?source=../../x").status == 404
    assert asked(page, "/api/bars?source=zz").status == 404
    for after in ("x", "9" * 400, "1e9", "--1", "%F0%9F%92%A9"):
        assert asked(page, f"/api/bars?after={after}").status == 400, after


def test_a_report_is_served_as_it_lies_there(page: Page) -> None:
    assert asked(page, _report(page)).body == b"<p>a report</p>"


def test_without_the_token_nothing_is_told(locked: Page) -> None:
    for at in ("127.0.0.1", _own_address()):
        for path in ("/", "/api/state", "/api/bars", "/events", "/reports/x", "/static/main.js", "/nothing"):
            answer = asked(locked, path, at=at)
            assert answer.status == 401, (at, path)
            assert b"10106" not in answer.body
        assert asked(locked, "/", at=at, accept="text/html").headers["location"] == "/login"
        assert asked(locked, "/login", at=at).status == 200
        assert asked(locked, f"/api/state?token={TOKEN[:-2]}", at=at).status == 401
    for wrong in ("Bearer", "Bearer x", f"Basic {TOKEN[:-2]}", f"Bearer {TOKEN[:-2]}", "Bearer " + "a" * 9000):
        assert asked(locked, "/api/state", authorization=wrong).status == 401, wrong


def _own_address() -> str:
    """One that another machine would use, where there is one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: UDP
        except OSError:
            return "127.0.0.1"
        return str(probe.getsockname()[0])


def _bearer(token: str) -> str:
    return "Bearer " + token.encode().decode("latin-1")


def test_the_token_opens_and_makes_a_session_that_scripts_cannot_read(locked: Page) -> None:
    assert asked(locked, "/api/state", authorization=_bearer(TOKEN), host="desk.example").status == 200
    answer = asked(locked, "/session", authorization=_bearer(TOKEN))
    assert answer.status == 204
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    value = cookie.split(";")[0]
    assert asked(locked, "/api/state", cookie=value).status == 200
    assert asked(locked, "/api/state", cookie=value[:-1] + "x").status == 401


def test_wrong_tokens_wait_and_few_wait_at_a_time(locked: Page) -> None:
    found: list[int] = []

    def guess() -> None:
        found.append(asked(locked, "/session", authorization="Bearer guessed").status)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [401] * 4 + [429] * 4
    assert asked(locked, "/api/state", authorization=_bearer(TOKEN)).status == 200


def test_changes_are_streamed_and_too_many_streams_are_refused(tmp_path: Path) -> None:
    hand = write_desk(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with served(observer_of(tmp_path)) as page:
        first = Stream(page)
        assert first.answer.headers["content-type"].startswith("text/event-stream")
        versions = [first.version()]
        hand.leave(9, 103, 62_200.0, 50.0, "tp")
        versions.append(first.version())
        assert versions[0] != versions[1]
        state = json_of(page, "/api/state")
        assert state["figures"]["closed"] == 3
        others = [Stream(page) for _ in range(15)]
        assert {one.answer.status for one in others} == {200}
        assert asked(page, "/events").status == 503
        for one in (first, *others):
            one.close()
    hand.ledger.close()


def test_a_place_without_a_ledger_and_a_broken_one_are_told_and_outlived(tmp_path: Path) -> None:
    with served(observer_of(tmp_path)) as page:
        state = json_of(page, "/api/state")
        assert state["bot"]["state"]["name"] == "No ledger yet"
        assert "run.py mode=trade" in state["bot"]["state"]["words"]
        assert asked(page, "/api/bars").status == 404
        (tmp_path / "ledger.sqlite").write_bytes(b"no database " * 500)
        stream = Stream(page)
        while json_of(page, "/api/state")["bot"]["state"]["name"] != "Unreadable":
            stream.version()
        (tmp_path / "ledger.sqlite").unlink()
        write_desk(f"sqlite:///{tmp_path / 'ledger.sqlite'}").ledger.close()
        while json_of(page, "/api/state")["account"] is None:
            stream.version()
        stream.close()


def test_a_port_that_is_taken_names_the_mend() -> None:
    with (
        bound("127.0.0.1", 0) as taken,
        pytest.raises(ConfigError, match=r"to be free, found: Address already in use; .*dashboard\.port="),
    ):
        bound("127.0.0.1", taken.getsockname()[1])
