"""The doctor at a REST bridge: what the bridge cannot tell is a warning to look by hand, never a refusal to start."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from novosky.config.schema import Config
from novosky.trading.doctor.finding import PASS, WARN
from novosky.trading.terminal.http_terminal import HttpTerminal
from novosky.trading.terminal.simulated.serve_http import serve_http
from novosky.trading.terminal.simulated.terminal import SimulatedTerminal
from support.doctor_site import examined, server_for

UNTOLD = {
    "original": {"margin", "position mode", "swap", "trial order"},
    "upstream": {"margin", "trial order"},
}


@pytest.mark.parametrize("shape", sorted(UNTOLD))
def test_what_the_bridge_cannot_tell_is_to_be_looked_at_by_hand(compose: Callable[..., Config], shape: str) -> None:
    config = compose("broker=generic")
    server = server_for(config)
    served = serve_http(SimulatedTerminal(server), None, shape=shape)
    try:
        terminal = HttpTerminal(served.url, None, utc_ms=lambda: server.now_ms)
        assert terminal.initialize()
        found = examined(config, terminal)
    finally:
        served.close()
    verdicts = {name: finding.verdict for name, finding in found.items() if finding.verdict != PASS}
    assert verdicts == dict.fromkeys(UNTOLD[shape], WARN)
    assert all(found[name].mend for name in UNTOLD[shape])
