"""`mode=doctor`: ready to trade? Every check with what it found; exit 1 where one fails."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novosky.config.schema import Config
from novosky.errors import UserError
from novosky.modes.doctor_screen import show_findings
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, progress, say
from novosky.trading.doctor.examine import examine
from novosky.trading.doctor.finding import FAIL, VERDICTS, WARN, Finding, worst

if TYPE_CHECKING:
    from novosky.trading.terminal.port import Terminal

CHECKS = 37  # about as many there are, for the progress bar


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where something fails."""
    started = time.time()
    findings = examined(config, run_dir)
    _write(config, run_dir, findings, started)
    show_findings(findings)
    say(readiness(findings, config))
    say(f"result: {near(run_dir)}")
    return ModeResult(ANSWER_IS_NO if worst(findings) == FAIL else DONE)


def examined(config: Config, run_dir: Path) -> list[Finding]:
    """Every check, with its progress."""
    findings: list[Finding] = []
    with progress("doctor") as report:
        for finding in examine(config, lambda: reach(config), run_dir):
            findings.append(finding)
            report(finding.name, min(len(findings) / CHECKS, 1.0))
    return findings


def reach(config: Config) -> Terminal:
    """The configured terminal, connected; the simulated one at the first bar of `window`."""
    return _paper(config) if config.terminal.kind == "simulated" else _real(config)


def _real(config: Config) -> Terminal:
    from novosky.trading.terminal.connect import open_terminal, settings_of

    return open_terminal(settings_of(config.terminal))


def _paper(config: Config) -> Terminal:
    from novosky.backtest.inputs import bar_arrays
    from novosky.evaluation.windows import cut_windows
    from novosky.market.snapshot import open_market
    from novosky.trading.paper import paper_server
    from novosky.trading.terminal.simulated.terminal import SimulatedTerminal

    bars = open_market(config.data, config.news, Path(config.paths.data)).bars
    windows = cut_windows(bars.time_ms, config.windows)
    if config.window not in windows:
        raise UserError(f"window={config.window}: nothing is replayed on it; choose window=sweep")
    begin_ms = int(bars.time_ms[windows[config.window].start])
    terminal = SimulatedTerminal(paper_server(config, bars, bar_arrays(bars, config), begin_ms))
    terminal.initialize()
    return terminal


def _write(config: Config, run_dir: Path, findings: list[Finding], started: float) -> None:
    from novosky.backtest.result_file import SCHEMA_VERSION, write_json
    from novosky.modes.blocks import fingerprints_block
    from novosky.modes.volatile import volatile_block

    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "doctor",
        "summary": readiness(findings, config),
        "verdict": worst(findings),
        "counts": {verdict: sum(one.verdict == verdict for one in findings) for verdict in VERDICTS},
        "findings": [dataclasses.asdict(one) for one in findings],
        "fingerprints": fingerprints_block(config),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)


def readiness(findings: list[Finding], config: Config) -> str:
    """What the findings come to, in a sentence."""
    failed, warned = (sum(one.verdict == verdict for one in findings) for verdict in (FAIL, WARN))
    where = f"{config.broker.symbol} through terminal={config.terminal.kind}"
    if failed:
        return f"Not ready to trade {where}: {failed} of {len(findings)} checks failed, {warned} warn."
    return f"Ready to trade {where}: {len(findings)} checks, {warned} warn."
