"""`mode=notify`: a message by hand, to every service of the group `notify`."""

from __future__ import annotations

import os
import time
from pathlib import Path

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.modes.outcome import ANSWER_IS_NO, DONE, FAULT, ModeResult
from novosky.modes.screen import near, say, show_table
from novosky.modes.volatile import volatile_block
from novosky.trading.notices.background import deliver
from novosky.trading.notices.notifier import INFO
from novosky.trading.notices.services import open_services


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where nobody is to be told, 3 where a service did not take the message."""
    started, notify = time.time(), config.notify
    names, failed = [], []
    if notify.kind != "none":
        services = open_services(str(notify.urls_env), notify.timeout_s, os.environ)
        names = [service.name for service in services]
        failed = deliver(services, INFO, "NOVOSKY", notify.message, time.sleep)
    took = len(names) - len(failed)
    summary = (
        f"Sent to {took} of {len(names)} services." if names else "Nobody is told: notify=none; choose notify=apprise."
    )
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "notify",
        "summary": summary,
        "services": [{"service": name, "sent": name not in failed} for name in names],
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    if names:
        show_table("", [(f"service {name}", "not sent" if name in failed else "sent") for name in names])
    say(summary)
    say(f"result: {near(run_dir)}")
    return ModeResult(FAULT if failed else DONE if names else ANSWER_IS_NO)
