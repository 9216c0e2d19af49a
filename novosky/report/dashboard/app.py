"""The routes: one page, its files, its state, its bars, a stream of changes, and reports that lie on the disk."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from novosky.report.dashboard.observer import Observer, now_ms
from novosky.report.dashboard.security import COOKIE, REPORT_POLICY, Guarded, Keys, Tally

MEDIA: Final = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".html": "text/html",
                ".svg": "image/svg+xml", ".txt": "text/plain"}  # fmt: skip
# A page in an origin of its own may be cut off from its opener by its sandbox alone.
REPORT_HEADERS: Final = {"content-security-policy": REPORT_POLICY, "cross-origin-opener-policy": "unsafe-none"}
STREAMS: Final = 16  # open at the same time; a page has one
BEAT_S: Final = 10.0  # a line at least so often, so that both sides see a connection that broke
WRONG_WAIT_S: Final = 1.0
WRONG_AT_ONCE: Final = 4  # wrong tokens that wait at the same time


@dataclass
class Changes:
    """Tells every open stream that something is new."""

    late_ms: int  # a look that is older is told
    version: str = ""
    looked_ms: int = 0
    closing: bool = False
    streams: int = 0
    wrong: int = 0
    condition: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def told(self, version: str, looked_ms: int) -> None:
        """A look is over and this is what it saw."""
        async with self.condition:
            self.version, self.looked_ms = version, looked_ms
            self.condition.notify_all()

    async def after(self, version: str) -> None:
        """Until there is another one, the server stops, or a beat is due."""
        async with self.condition:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.condition.wait_for(lambda: self.closing or self.version != version), BEAT_S)

    async def close(self) -> None:
        """The server stops: streams end."""
        async with self.condition:
            self.closing = True
            self.condition.notify_all()


def make_app(observer: Observer, keys: Keys, hosts: tuple[str, ...], changes: Changes, tally: Tally) -> Guarded:
    """The application with its checks in front."""
    static = static_files()

    async def index(request: Request) -> Response:
        return _file(static, "index.html")

    async def login(request: Request) -> Response:
        return _file(static, "login.html") if keys.token else RedirectResponse("/", 303)

    async def session(request: Request) -> Response:
        return await _session(request, keys, changes)

    async def asset(request: Request) -> Response:
        return _file(static, request.path_params["name"])

    async def state(request: Request) -> Response:
        found = await run_in_threadpool(observer.state, request.query_params.get("source"))
        return _json(found)

    async def bars(request: Request) -> Response:
        after = _whole(request.query_params.get("after", "-1"))
        if after is None:
            return PlainTextResponse("after: expected a time in UTC milliseconds\n", 400)
        return _json(await run_in_threadpool(observer.bars, request.query_params.get("source"), after))

    async def events(request: Request) -> Response:
        if changes.streams >= STREAMS:
            return PlainTextResponse("Too many pages are open.\n", 503)
        return StreamingResponse(_stream(changes), media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    async def report(request: Request) -> Response:
        file = await run_in_threadpool(observer.page, request.path_params["name"])
        if file is None or not file.is_file():
            return _missing()
        return FileResponse(file, media_type="text/html", headers=REPORT_HEADERS)

    routes = [
        Route("/", index), Route("/login", login), Route("/session", session), Route("/static/{name}", asset),
        Route("/api/state", state), Route("/api/bars", bars), Route("/events", events),
        Route("/reports/{name}", report),
    ]  # fmt: skip
    return Guarded(Starlette(routes=routes), keys, hosts, tally)


def static_files() -> dict[str, tuple[bytes, str]]:
    """Name -> content and type of every file of the page, read once: no request leads to the disk."""
    folder = files("novosky.report.dashboard").joinpath("static")
    return {
        file.name: (file.read_bytes(), MEDIA[file.name[file.name.rindex(".") :]])
        for file in folder.iterdir()
        if file.is_file()
    }


def _file(static: dict[str, tuple[bytes, str]], name: str) -> Response:
    if name not in static:
        return _missing()
    content, media_type = static[name]
    return Response(content, media_type=f"{media_type}; charset=utf-8")


def _missing() -> Response:
    return PlainTextResponse("There is no such thing here.\n", 404)


def _json(content: Any) -> Response:
    """No NaN and no infinity, which are no JSON."""
    if content is None:
        return _missing()
    return Response(json.dumps(_finite(content), separators=(",", ":"), allow_nan=False), media_type="application/json")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _whole(text: str) -> int | None:
    """An integer of a sensible length."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,14}", text) else None


async def _session(request: Request, keys: Keys, changes: Changes) -> Response:
    """The token in a header for a session in a cookie; wrong ones wait, and few at a time."""
    if not keys.has_token(request.headers):
        if changes.wrong >= WRONG_AT_ONCE:
            return PlainTextResponse("Too many wrong tokens; wait.\n", 429)
        changes.wrong += 1
        try:
            await asyncio.sleep(WRONG_WAIT_S)
        finally:
            changes.wrong -= 1
        return PlainTextResponse("This is not the token.\n", 401)
    answer = Response(status_code=204)
    is_https = request.url.scheme == "https"
    answer.set_cookie(COOKIE, keys.session, path="/", httponly=True, samesite="strict", secure=is_https)
    return answer


async def _stream(changes: Changes) -> AsyncIterator[str]:
    """A line a change with the version of the state, and a comment now and then."""
    changes.streams += 1
    sent = ""
    try:
        yield "retry: 2000\n\n"
        while not changes.closing:
            if sent == changes.version:
                is_late = now_ms() - changes.looked_ms > changes.late_ms
                yield f"event: beat\ndata: {json.dumps({'looked_ms': changes.looked_ms, 'is_late': is_late})}\n\n"
            else:
                sent = changes.version
                yield f"event: changed\ndata: {json.dumps({'version': sent})}\n\n"
            await changes.after(sent)
    finally:
        changes.streams -= 1
