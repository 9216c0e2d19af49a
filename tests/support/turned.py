"""A pickle of our own making: a model that mistakes BUY for SELL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.inspection.pickles import native_probabilities


@dataclass(frozen=True)
class Turned:
    """`model` with its classes in reverse."""

    model: Any

    def predict(self, x: Inputs) -> Floats:
        return native_probabilities(self.model, x)[:, ::-1]
