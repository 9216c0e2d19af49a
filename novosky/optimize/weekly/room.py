"""What the significance budget leaves for the next candidate on `gate`."""

from __future__ import annotations

from pathlib import Path

from novosky.backtest.looking import look_at
from novosky.backtest.prepare import Prepared
from novosky.config.schema import Config
from novosky.evaluation.budget import FLAT, Share, next_share
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle
from novosky.optimize.on_gate import WINDOW, name_of

NEXT = "the next candidate"


def room_of(config: Config, prepared: Prepared, bundle: Bundle | None) -> Share | None:
    """The share that a candidate nobody has judged may use; None with gate=score, which spends nothing."""
    if config.gate.kind != "robust":
        return None
    against = FLAT if bundle is None else name_of(config, prepared, bundle)
    look = look_at(config, prepared, prepared.windows[WINDOW], NEXT)
    ledger = Path(config.paths.looks)
    return next_share(ledger, look.underlying, look.from_ms, look.to_ms, look.name, against, config.gate)


def room_words(config: Config, prepared: Prepared, share: Share | None) -> str:
    """The same in words."""
    window, time_ms = prepared.windows[WINDOW], prepared.bars.time_ms
    where = f"gate {utc_text(int(time_ms[window.start]))[:10]} to {utc_text(int(time_ms[window.stop - 1]))[:10]}"
    if share is None:
        return f"{where}: gate=score spends no budget, and is not tested for luck"
    said = f"{where}: try {share.number} may use p {share.alpha:.1e}"
    return f"{said}, less than {config.gate.alpha_floor:.0e}: spent" if share.spent else said
