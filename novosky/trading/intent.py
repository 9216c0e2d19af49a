"""What the bot means to do, and the mark by which it knows its own orders again.

MetaTrader enforces no client id. So an intent's hash travels with its order twice: 20 bits of it in the magic number,
all of it in the comment. Brokers write over comments ("[sl 61000.00]"), never over the magic.
"""

from __future__ import annotations

import hashlib
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from novosky.errors import ConfigError

ENTRY: Final = "entry"
ADD: Final = "add"
CLOSE: Final = "close"
PARTIAL: Final = "partial"
LEVELS: Final = "levels"
ACTIONS: Final = (ENTRY, ADD, CLOSE, PARTIAL, LEVELS)
OPENING: Final = (ENTRY, ADD)
LEAVING: Final = (CLOSE, PARTIAL)

TAG_BITS: Final = 20
MAGIC_LIMIT: Final = 2**32  # with the tag below 2**53, which JSON's readers still hold exactly
COMMENT_PREFIX: Final = "NS"
HASH_LENGTH: Final = 14  # 70 bits; with the prefix 16 characters, where MetaTrader takes 31 and some bridges 16


@dataclass(frozen=True)
class Intent:
    """One decision that asks something of the terminal. Times are UTC ms, prices quote currency, volumes lots."""

    action: str  # one of ACTIONS
    symbol: str
    bar_time_ms: int  # open of the closed bar that decided
    expires_ms: int  # from here on it may not be sent any more
    side: int  # of the position: +1, -1
    volume: float
    price: float  # the quote that it was decided at
    stop: float  # 0.0: none
    target: float
    position_ticket: int  # 0 for an entry
    revision: str  # of the models that decided
    magic: int  # the bot's own number, without the tag
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Of all that makes two intents two: not of the quote, nor of the details."""
        parts = (self.action, self.symbol, self.bar_time_ms, self.side, float(self.volume), float(self.stop))
        text = "|".join(map(repr, (*parts, float(self.target), self.position_ticket, self.revision)))
        return b32encode(hashlib.sha256(text.encode()).digest()).decode()[:HASH_LENGTH]


def check_magic(magic: int) -> None:
    """ConfigError for a number that leaves no room for the tag, or that foreign orders without one would match."""
    if not 1 <= magic < MAGIC_LIMIT:
        raise ConfigError(f"magic {magic}: expected 1 to {MAGIC_LIMIT - 1}; choose a number of the bot's own")


def order_magic(magic: int, intent_hash: str) -> int:
    """The bot's number and a tag of the intent, below 2**52."""
    check_magic(magic)
    return magic << TAG_BITS | _tag(intent_hash)


def order_comment(intent_hash: str) -> str:
    """What an order's comment says."""
    return COMMENT_PREFIX + intent_hash


def is_ours(order_magic: int, magic: int) -> bool:
    """Whether an order, a deal or a position is the bot's that has this number."""
    return order_magic >> TAG_BITS == magic


def carries(order_magic: int, comment: str, magic: int, intent_hash: str) -> bool:
    """Whether this is that intent's order: the tag must agree, and so must a comment that is still the bot's."""
    if order_magic != magic << TAG_BITS | _tag(intent_hash):
        return False
    named = comment.removeprefix(COMMENT_PREFIX)
    is_mark = comment.startswith(COMMENT_PREFIX) and len(named) == HASH_LENGTH
    return not is_mark or named == intent_hash


def _tag(intent_hash: str) -> int:
    return int.from_bytes(hashlib.sha256(intent_hash.encode()).digest()[:4], "big") % (1 << TAG_BITS)
