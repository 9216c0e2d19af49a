"""Who may ask, for what, and how much: in front of every route, before anything of a request is used.

A page on this machine is reachable by whatever runs in its browser, so a request must name this machine as its host
(against DNS rebinding). With a token every request needs it, wherever it comes from.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

METHODS: Final = ("GET", "HEAD")
COOKIE: Final = "novosky_dashboard"
MAX_TARGET: Final = 2_048  # bytes of path and query
MAX_HEADERS: Final = 16_384  # bytes; h11 refuses them beyond, too
LOOPBACK_NAMES: Final = ("127.0.0.1", "localhost", "[::1]")
OPEN_TO_ALL: Final = ("/login", "/session", "/static/login.js", "/static/page.css", "/static/icon.svg")

OWN_POLICY: Final = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
# A report page is one file with its scripts inside; it runs in an origin of its own and reaches nothing here.
REPORT_POLICY: Final = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-scripts"
)
HEADERS: Final = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


@dataclass(frozen=True)
class Keys:
    """`token` empty: none is asked for. `session` is what a browser holds once it has shown the token."""

    token: str = field(default="", repr=False)
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def lets(self, headers: Headers) -> bool:
        """Whether the token or the session is in the headers; compared in constant time."""
        return not self.token or self.has_token(headers) or _same(_cookie(headers), self.session)

    def has_token(self, headers: Headers) -> bool:
        """Whether the token itself is there."""
        scheme, _, value = headers.get("authorization", "").partition(" ")
        return bool(self.token) and scheme.lower() == "bearer" and _same(value.strip(), self.token)


@dataclass
class Tally:
    """Requests since the start."""

    answered: int = 0
    refused: int = 0


class Guarded:
    """The application behind its checks; every answer carries the headers above."""

    def __init__(self, app: ASGIApp, keys: Keys, hosts: tuple[str, ...], tally: Tally) -> None:
        """`hosts`: names that a request may ask for; empty where any is let, which needs a token."""
        self._app, self._keys, self._hosts, self._tally = app, keys, hosts, tally

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                known = {name for name, _ in message["headers"]}
                more = {"content-security-policy": OWN_POLICY, **HEADERS}
                added = [(name.encode(), value.encode()) for name, value in more.items() if name.encode() not in known]
                message = {**message, "headers": [*message["headers"], *added]}
            await send(message)

        refusal = self._refusal(scope)
        if refusal is None:
            self._tally.answered += 1
            await self._app(scope, _nothing_more(receive), with_headers)
        else:
            self._tally.refused += 1
            await refusal(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        return _wrong_form(scope, headers) or self._stranger(scope, headers)

    def _stranger(self, scope: Scope, headers: Headers) -> Response | None:
        """Why this request may not know anything; None where it may."""
        if self._hosts and _name_of(headers.get("host", "")) not in self._hosts:
            return _no(421, "This page answers to this machine's own names only.")
        if self._keys.lets(headers) or scope["path"] in OPEN_TO_ALL:
            return None
        if scope["path"] == "/" and "text/html" in headers.get("accept", ""):
            return Response(status_code=303, headers={"location": "/login"})
        return _no(401, "A token is needed.", {"www-authenticate": "Bearer"})


def _wrong_form(scope: Scope, headers: Headers) -> Response | None:
    """Why nobody's request of this form is answered; None where its form is right."""
    if scope["method"] not in METHODS:
        return _no(405, "Only GET and HEAD: nothing can be changed here.", {"allow": ", ".join(METHODS)})
    if headers.get("content-length", "0").strip() != "0" or "transfer-encoding" in headers:
        return _no(413, "A request with a body is not read.")
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > MAX_TARGET:
        return _no(414, "The address is too long.")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
        return _no(431, "The headers are too long.")
    return None


def _no(status: int, words: str, headers: dict[str, str] | None = None) -> Response:
    """A refusal closes the connection: whatever else was sent over it is not looked at."""
    return PlainTextResponse(words + "\n", status, {**(headers or {}), "connection": "close"})


def _nothing_more(receive: Receive) -> Receive:
    """What the routes may hear of the client: that it has gone."""

    async def received() -> Message:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return message

    return received


def _name_of(host: str) -> str:
    """`localhost` of `localhost:8765`, `[::1]` of `[::1]:8765`."""
    if host.startswith("["):
        return host[: host.find("]") + 1].lower()
    return host.partition(":")[0].lower()


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return "" if found is None else found.value


def _same(given: str, kept: str) -> bool:
    """`given` is a header's text, each character a byte of UTF-8."""
    return hmac.compare_digest(given.encode("latin-1", "replace"), kept.encode())
