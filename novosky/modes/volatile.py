"""The block of a `result.json` that may differ between two runs of the same thing. Imports nothing heavy."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Mapping
from typing import Any

from novosky.backtest.code_version import code_block
from novosky.market.bars import utc_text


def volatile_block(started: float, **more: Any) -> dict[str, Any]:
    """Times and machine facts: what may differ between two runs of the same thing."""
    machine: Mapping[str, Any] = {
        "system": platform.system(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    return {
        "started": utc_text(int(started * 1000)),
        "seconds": round(time.time() - started, 1),
        "machine": machine,
        "code": code_block(),
        **more,
    }
