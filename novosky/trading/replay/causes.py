"""Why the bot did something else than the backtest does: names, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MISSED: Final = "bar_missed"
RESTARTED: Final = "restarted"
NO_BAR: Final = "bar_absent"
BARS: Final = "bars_differ"
FEATURES: Final = "features_differ"
MODELS: Final = "other_models"
LATE: Final = "late"
GUARD: Final = "guard"
UNKNOWN_OUTCOME: Final = "outcome_unknown"
GATE: Final = "gate_at_the_open"
DRY: Final = "dry"
WAITS: Final = "waits_after_rejects"
REFUSED: Final = "order_refused"
LOST: Final = "order_lost"
EXPIRED: Final = "order_expired"
PARTIAL: Final = "partial_fill"
PRICE: Final = "fill_price"
COSTS: Final = "costs"
LEVEL: Final = "level_at_the_broker"
BY_HAND: Final = "closed_by_hand"
COMMAND: Final = "closed_by_command"
LEVELS_BY_HAND: Final = "levels_by_hand"
PROTECTION: Final = "protection"
ADOPTED: Final = "position_adopted"
STOP_OUT: Final = "stop_out"
MONEY: Final = "money_moved"
BOOKED_LATE: Final = "booked_late"
UNEXPLAINED: Final = "unexplained"

MEANINGS: Final = {
    MISSED: "the bot was down when the bar closed",
    RESTARTED: "the bot was started between the decision and its opening",
    NO_BAR: "a bar that only one of the two has",
    BARS: "the broker's bar is not the data's",
    FEATURES: "the same bar, other features: the history began elsewhere, or earlier bars or events differ",
    MODELS: "the same features, another revision decided",
    LATE: "too late after the open (trade.enter_within_s)",
    GUARD: "a guard held",
    UNKNOWN_OUTCOME: "an earlier order's outcome was not known",
    GATE: "at the broker's price the core answers differently",
    DRY: "trade.dry: nothing is sent",
    WAITS: "waiting after refused orders",
    REFUSED: "the broker refused the order",
    LOST: "the answer was lost, and nothing was done",
    EXPIRED: "its bar was over before the order left",
    PARTIAL: "the broker filled a part",
    PRICE: "another price: spread, slippage, or the quote moved before the order left",
    COSTS: "other commission, swap or profit than the terms say",
    LEVEL: "stop or target met at the broker and not by the bar, or the other way round",
    BY_HAND: "closed by hand",
    COMMAND: "closed by a command to the bot",
    LEVELS_BY_HAND: "stop or target moved by hand",
    PROTECTION: "the bot closed what it could not protect",
    ADOPTED: "a position that the ledger did not know",
    STOP_OUT: "the broker closed for want of margin",
    MONEY: "deposit or withdrawal",
    BOOKED_LATE: "the deal showed later than it was made",
    UNEXPLAINED: "nothing in the ledger says why: other settings, another calendar, or a fault of the program",
}


@dataclass(frozen=True)
class Cause:
    """One step in which bot and core parted although they stood on the same ground before it."""

    bar_ms: int  # open time of the bar on which they did
    name: str
    text: str
    ticket: int = 0  # of the broker's position; 0: none, or not one alone
    money: float = 0.0  # by which the bot was worse off at once, account currency, where that can be told
    number: int = 0  # from 1, in order

    @property
    def is_explained(self) -> bool:
        return self.name != UNEXPLAINED
