"""A file of answers: YAML, a section a question; what is unknown, missing or impossible is refused by its name."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError  # type: ignore[import-untyped]

from novosky.config.registry import load_brokers
from novosky.config.schema.market import BrokerConfig
from novosky.config.walk import did_you_mean
from novosky.errors import ConfigError
from novosky.trading.onboarding import answers as a

Reader = Callable[[str, Any], Any]


def read_answers(file: Path) -> a.Answers:
    """Raises ConfigError with the file, the key and the mend."""
    try:
        tree = OmegaConf.load(file)
        content = OmegaConf.to_container(tree, resolve=False) if isinstance(tree, DictConfig) else None
    except OSError as error:
        raise ConfigError(
            f"onboard.answers={file}: cannot be read ({error.strerror}); docs/onboard.md has an example"
        ) from None
    except (YAMLError, OmegaConfBaseException, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise ConfigError(f"{file}: not readable as YAML ({said}); docs/onboard.md has an example") from None
    try:
        return answers_of(content)
    except ConfigError as error:
        raise ConfigError(f"{file}: {error}") from None


def answers_of(content: Any) -> a.Answers:
    """From nested mappings, as YAML gives them."""
    sections = _named("", content, tuple(SECTIONS), ("broker", "account", "loss"))
    found = {name: _section(name, sections.get(name)) for name in SECTIONS}
    return checked(a.Answers(**found))


def checked(found: a.Answers) -> a.Answers:
    """Answers that go together. Raises ConfigError."""
    loss, trades, trading = found.loss, found.trades, found.trading
    _check_kind(found)
    balance = found.account.balance
    week, total = loss.week.money(balance), loss.total.money(balance)
    if total > balance:
        raise ConfigError(f"loss.total={loss.total}: at most the balance of {balance:g} can be lost; give less")
    if week > total:
        raise ConfigError(
            f"loss.week={loss.week}: expected at most loss.total={loss.total}; give less, or a larger total"
        )
    least, most = trades.at_least_a_week, trades.at_most_a_week
    if least is not None and most is not None and least > most:
        raise ConfigError(f"trades.at_least_a_week={least:g}: expected at most at_most_a_week={most:g}")
    if trading.where == a.PAPER and trading.terminal is not None:
        raise ConfigError(
            f"trading.terminal={trading.terminal}: paper replays bars on the simulated terminal; leave it away, or "
            "where: dry"
        )
    if trading.where != a.PAPER and trading.terminal is None:
        raise ConfigError(f"trading.terminal: required with where: {trading.where}; {_one_of(a.BROKERS_TERMINALS)}")
    if trading.where != a.PAPER and trading.bars is not None:
        raise ConfigError(f"trading.bars={trading.bars}: only paper replays a file; leave it away")
    _check_way(trading)
    return found


def _check_kind(found: a.Answers) -> None:
    """A cent account counts in US cents, and so does its broker's file."""
    kind, currency = found.account.kind, found.account.currency
    if kind == a.CENT and currency not in (None, "USC"):
        raise ConfigError(f"account.currency={currency}: a cent account counts in USC; leave it away")
    if kind == a.STANDARD and currency == "USC":
        raise ConfigError("account.currency=USC: that is a cent account; answer kind: cent")
    if kind == a.STANDARD and known_brokers()[found.broker.name].currency == "USC":
        raise ConfigError(f"account.kind=standard: {found.broker.name} is a cent account; answer kind: cent")


WAYS = {
    None: (),
    "metatrader5": ("login", "server", "path"),
    "mt5linux": ("login", "server", "host", "port"),
    "http": ("url",),
}
"""Which answers a terminal takes."""


def _check_way(trading: a.Trading) -> None:
    for name in ("login", "server", "path", "host", "port", "url"):
        if getattr(trading, name) is not None and name not in WAYS[trading.terminal]:
            where = f"terminal: {trading.terminal}" if trading.terminal else f"where: {trading.where}"
            raise ConfigError(f"trading.{name}: not asked for with {where}; leave it away")


def _section(name: str, content: Any) -> Any:
    kind, readers = SECTIONS[name]
    needed = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    ]
    given = _named(name, {} if content is None else content, tuple(readers), needed)
    values = {key: readers[key](f"{name}.{key}", value) for key, value in given.items() if value is not None}
    if missing := [key for key in needed if key not in values]:
        raise ConfigError(f"{name}.{missing[0]}: required, but not answered; docs/onboard.md has an example")
    return kind(**values)


def _named(name: str, content: Any, known: Sequence[str], needed: Sequence[str]) -> Mapping[str, Any]:
    """A mapping with known names."""
    prefix = f"{name}." if name else ""
    if not isinstance(content, dict):
        raise ConfigError(f"{name or 'answers'}: expected the keys {', '.join(known)}, found {_shown(content)}")
    for key in content:
        if key not in known:
            near = did_you_mean(str(key), known) or f"; there are {', '.join(known)}"
            raise ConfigError(f"{prefix}{key}: unknown answer{near}")
    if missing := [key for key in needed if key not in content]:
        raise ConfigError(f"{prefix}{missing[0]}: required, but not answered; docs/onboard.md has an example")
    return content


def one_of(*choices: str) -> Reader:
    """One of these words; a number counts as its digits."""

    def read(name: str, value: Any) -> str:
        if isinstance(value, bool) or str(value) not in choices:
            near = did_you_mean(str(value), choices)
            raise ConfigError(f"{name}={value}: {_one_of(choices)}{near}")
        return str(value)

    return read


@cache
def known_brokers() -> Mapping[str, BrokerConfig]:
    """The files of conf/broker, read once."""
    return load_brokers()


def broker_name(name: str, value: Any) -> str:
    """A file of conf/broker."""
    return str(one_of(*known_brokers())(name, value))


def number(above: float, most: float = math.inf) -> Reader:
    """Above one number, up to another."""

    def read(name: str, value: Any) -> float:
        try:
            found = math.nan if isinstance(value, bool) else float(value)
        except (TypeError, ValueError):
            found = math.nan
        if not (above < found <= most and math.isfinite(found)):
            upper = f", up to {most:g}" if math.isfinite(most) else ""
            raise ConfigError(f"{name}={_shown(value)}: expected a number above {above:g}{upper}")
        return found

    return read


def whole(above: int, most: float = math.inf) -> Reader:
    """A whole number."""

    def read(name: str, value: Any) -> int:
        found = number(above, most)(name, value)
        if found != int(found):
            raise ConfigError(f"{name}={value}: expected a whole number")
        return int(found)

    return read


def amount(name: str, value: Any) -> a.Amount:
    """`150`, or `5 %`."""
    match = re.fullmatch(r"\s*(.*?)\s*%\s*", str(value))
    if match:
        return a.Amount(number(0.0, 100.0)(name, match[1]), is_pct=True)
    return a.Amount(number(0.0)(name, value))


def text(name: str, value: Any) -> str:
    """Words on one line."""
    if not isinstance(value, str | int) or isinstance(value, bool) or not str(value).strip() or "\n" in str(value):
        raise ConfigError(f"{name}={_shown(value)}: expected a text")
    if "${" in str(value):
        raise ConfigError(f"{name}={value}: ${{...}} does not enter the answers; write the value out")
    return str(value).strip()


def chats(name: str, value: Any) -> tuple[int, ...]:
    """Numbers of chats; a group's is below 0."""
    items = value if isinstance(value, list) else [value]
    if any(isinstance(item, bool) or not isinstance(item, int) or item == 0 for item in items):
        raise ConfigError(f"{name}={_shown(value)}: expected numbers of chats, such as [123456789] (docs/notices.md)")
    return tuple(items)


SECTIONS: Mapping[str, tuple[type, Mapping[str, Reader]]] = {
    "broker": (a.Broker, {"name": broker_name}),
    "account": (
        a.Account,
        {
            "kind": one_of(*a.KINDS),
            "balance": number(0.0),
            "currency": text,
            "conversion_rate": number(0.0),
            "position_mode": one_of("hedging", "netting"),
        },
    ),
    "loss": (a.Loss, {"week": amount, "total": amount, "profile": one_of(*a.PROFILES)}),
    "trades": (a.Trades, {"at_least_a_week": number(0.0), "at_most_a_week": number(0.0)}),
    "trading": (
        a.Trading,
        {
            "where": one_of(*a.PLACES),
            "terminal": one_of(*a.BROKERS_TERMINALS),
            "login": whole(0),
            "server": text,
            "path": text,
            "host": text,
            "port": whole(0, 65535),
            "url": text,
            "bars": text,
            "calendar": text,
        },
    ),
    "notices": (a.Notices, {"to": one_of(*a.RECIPIENTS), "telegram_chats": chats}),
}


def _one_of(choices: Sequence[str]) -> str:
    return f"expected one of {', '.join(choices)}"


def _shown(value: Any) -> str:
    return "nothing" if value is None else str(value)
