"""The six questions at a terminal, through questionary; what stands is proposed, Ctrl-C leaves everything as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from novosky.errors import ConfigError
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.answers_file import (
    WAYS,
    Reader,
    amount,
    chats,
    checked,
    known_brokers,
    number,
    text,
    whole,
)

Choices = Sequence[tuple[str, str]]
"""(value, words) each."""

KIND_WORDS = ((a.STANDARD, "standard: balance in dollars, or another currency"), (a.CENT, "cent: balance in US cents"))
MODE_WORDS = (("hedging", "hedging: several positions a symbol"), ("netting", "netting: one position a symbol"))
WHERE_WORDS = (
    (a.PAPER, "paper: replayed bars on this machine, no broker"),
    (a.DRY, "dry: the broker's terminal; it decides and sends nothing"),
    (a.LIVE, "live: the broker's terminal, with money"),
)
TERMINAL_WORDS = (
    ("metatrader5", "metatrader5: on this Windows machine"),
    ("mt5linux", "mt5linux: under Wine, or on another machine"),
    ("http", "http: a REST bridge"),
)
NOTICE_WORDS = (
    (a.NOBODY, "nobody"),
    (a.APPRISE, "apprise: Telegram, e-mail, Discord, ntfy and others, by an environment variable"),
)
WAY_WORDS: Mapping[str, tuple[str, Reader]] = {
    "login": ("Account number (empty: the one that is logged in)", whole(0)),
    "server": ("Trade server (empty: the terminal's)", text),
    "path": ("Path of the terminal's program (empty: found by itself)", text),
    "host": ("Machine of the RPyC server (empty: 127.0.0.1)", text),
    "port": ("Its port (empty: 18812)", whole(0, 65535)),
    "url": ("Address of the bridge (empty: http://127.0.0.1:6542)", text),
}


class Asker:
    """Asks; `input` and `output` stand in for the terminal, as prompt_toolkit knows them."""

    def __init__(self, input: Any = None, output: Any = None) -> None:
        import questionary

        self._q = questionary
        self._to = {name: one for name, one in (("input", input), ("output", output)) if one is not None}

    def answers(self, proposed: a.Answers | None, trades: str) -> a.Answers:
        """All six; `proposed` are what stands, as answers; `trades` says how often the revision trades."""
        was = proposed
        while True:
            given = a.Answers(
                broker=a.Broker(
                    self._choice(
                        "1/6 Your broker", _as_they_are(known_brokers()), was.broker.name if was else "generic"
                    )
                ),
                account=self._account(was.account if was else None),
                loss=self._loss(was.loss if was else None),
                trades=self._trades(trades),
                trading=self._trading(was.trading if was else None),
                notices=self._notices(was.notices if was else None),
            )
            try:
                return checked(given)
            except ConfigError as error:
                self._q.print(f"{error}. Once more:")
                was = given

    def profile(self, choices: Choices, proposed: int) -> int:
        """Which of the profiles of the table."""
        return int(self._choice("Which profile", choices, str(proposed)))

    def yes(self, question: str) -> bool:
        """No, unless yes is said."""
        return bool(self._q.confirm(question, default=False, **self._to).unsafe_ask())

    def _account(self, was: a.Account | None) -> a.Account:
        kind = self._choice("2/6 Kind of account", KIND_WORDS, was.kind if was else a.STANDARD)
        balance = self._text("    Balance, in the account's currency", number(0.0), f"{was.balance:g}" if was else "")
        mode = self._choice("    Positions", MODE_WORDS, was.position_mode if was else "hedging")
        return a.Account(
            balance=balance,
            kind=kind,
            currency=was.currency if was and was.kind == kind else None,
            conversion_rate=was.conversion_rate if was and was.kind == kind else None,
            position_mode=mode,
        )

    def _loss(self, was: a.Loss | None) -> a.Loss:
        week = self._text("3/6 Loss you could bear in a week (money, or 5 %)", amount, str(was.week) if was else "")
        total = self._text("    Loss you could bear in total", amount, str(was.total) if was else "")
        return a.Loss(week, total)

    def _trades(self, trades: str) -> a.Trades:
        if trades:
            self._q.print(trades)
        least = self._text("4/6 At least how many trades a week (empty: never mind)", number(0.0), "", optional=True)
        most = self._text("    At most how many (empty: never mind)", number(0.0), "", optional=True)
        return a.Trades(least, most)

    def _trading(self, was: a.Trading | None) -> a.Trading:
        where = self._choice("5/6 Where to trade", WHERE_WORDS, was.where if was else a.PAPER)
        if where == a.PAPER:
            return a.Trading(where, bars=was.bars if was else None, calendar=was.calendar if was else None)
        terminal = self._choice("    Through which terminal", TERMINAL_WORDS, (was and was.terminal) or "metatrader5")
        before = was if was and was.terminal == terminal else a.Trading()
        ways = {}
        for name in WAYS[terminal]:
            question, reader = WAY_WORDS[name]
            stands = getattr(before, name)
            ways[name] = self._text(f"    {question}", reader, "" if stands is None else str(stands), optional=True)
        return a.Trading(where, terminal, **ways, calendar=was.calendar if was else None)

    def _notices(self, was: a.Notices | None) -> a.Notices:
        to = self._choice("6/6 Who is told", NOTICE_WORDS, was.to if was else a.NOBODY)
        stands = ", ".join(map(str, was.telegram_chats)) if was else ""
        found = self._text(
            "    Telegram chats that may give commands, numbers (empty: none)", _chats, stands, optional=True
        )
        return a.Notices(to, found or ())

    def _choice(self, question: str, choices: Choices, proposed: str) -> str:
        shown = [self._q.Choice(words, value=value) for value, words in choices]
        default = proposed if proposed in dict(choices) else None
        return str(self._q.select(question, choices=shown, default=default, **self._to).unsafe_ask())

    def _text(self, question: str, reader: Reader, proposed: str, optional: bool = False) -> Any:
        def wrong(typed: str) -> bool | str:
            if optional and not typed.strip():
                return True
            try:
                reader("answer", typed)
            except ConfigError as error:
                return str(error)
            return True

        asked = self._q.text(question, default=proposed, validate=wrong, **self._to)
        typed = str(asked.unsafe_ask()).strip()
        return reader("answer", typed) if typed else None


def _chats(name: str, value: Any) -> tuple[int, ...]:
    try:
        return chats(name, [int(part) for part in str(value).replace(",", " ").split()])
    except ValueError:
        raise ConfigError(f"{name}={value}: expected numbers of chats, such as 123456789") from None


def _as_they_are(names: Mapping[str, Any]) -> Choices:
    return [(name, name) for name in names]


Ask = Callable[[], Asker]
