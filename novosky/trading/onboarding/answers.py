"""The answers to the six questions, a section each."""

from __future__ import annotations

from dataclasses import dataclass, field

from novosky.config.schema.terminal import TERMINALS

STANDARD, CENT = "standard", "cent"
CURRENCIES = {STANDARD: "USD", CENT: "USC"}
KINDS = tuple(CURRENCIES)
PAPER, DRY, LIVE = "paper", "dry", "live"
PLACES = (PAPER, DRY, LIVE)
BROKERS_TERMINALS = tuple(kind for kind in TERMINALS if kind != "simulated")
NOBODY, APPRISE = "nobody", "apprise"
RECIPIENTS = (NOBODY, APPRISE)
AUTO = "auto"
PROFILES = (AUTO, "1", "2", "3", "4", "5")


@dataclass(frozen=True, slots=True)
class Amount:
    """Money of the account, or a share of its balance."""

    value: float
    is_pct: bool = False

    def money(self, balance: float) -> float:
        """In the account's currency."""
        return balance * self.value / 100.0 if self.is_pct else self.value

    def __str__(self) -> str:
        return f"{self.value:g} %" if self.is_pct else f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class Broker:
    """1. Which broker: a file of conf/broker."""

    name: str


@dataclass(frozen=True, slots=True)
class Account:
    """2. What kind of account, and how much is on it, in its own currency (a cent account's: cents)."""

    balance: float
    kind: str = STANDARD
    currency: str | None = None  # USD, of a cent account USC
    conversion_rate: float | None = None
    position_mode: str = "hedging"


@dataclass(frozen=True, slots=True)
class Loss:
    """3. What the trader could bear to lose in a week, and in total; `profile` names one instead of the proposal."""

    week: Amount
    total: Amount
    profile: str = AUTO


@dataclass(frozen=True, slots=True)
class Trades:
    """4. How often he would like to trade; the revision decides it, and he is told."""

    at_least_a_week: float | None = None
    at_most_a_week: float | None = None


@dataclass(frozen=True, slots=True)
class Trading:
    """5. On paper, dry at the broker's terminal (everything but sending), or live; and how that is reached."""

    where: str = PAPER
    terminal: str | None = None
    login: int | None = None
    server: str | None = None
    path: str | None = None
    host: str | None = None
    port: int | None = None
    url: str | None = None
    bars: str | None = None  # file of bars that paper replays, where the revision learned from a file
    calendar: str | None = None  # file of events, where the revision uses them


@dataclass(frozen=True, slots=True)
class Notices:
    """6. Who is told; chats of Telegram that may also give commands."""

    to: str = NOBODY
    telegram_chats: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """All six."""

    broker: Broker
    account: Account
    loss: Loss
    trades: Trades = field(default_factory=Trades)
    trading: Trading = field(default_factory=Trading)
    notices: Notices = field(default_factory=Notices)
