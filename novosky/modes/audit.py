"""`mode=audit`: does anything in this configuration fool its owner?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from novosky.audit.checks import Checked, audit, verdict
from novosky.audit.effort import EFFORTS
from novosky.audit.finding import FAIL, PASS
from novosky.audit.subject import Subject, trained_models
from novosky.backtest.prepare import prepare
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.modes.blocks import data_block, fingerprints_block, warnings_of, windows_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, progress, say, show_columns
from novosky.modes.volatile import volatile_block

VERDICTS = {
    "pass": "Nothing found: these settings do not fool you in any way that is checked here.",
    "warn": "Nothing fails; read the warnings before you trust a result.",
    "fail": "Do not trust any result of this configuration until what fails is mended.",
}


def run(config: Config, run_dir: Path) -> ModeResult:
    if config.audit.ledger is not None:
        from novosky.modes.audit_ledger import run as replay_ledger

        return replay_ledger(config, run_dir)
    started = time.time()
    prepared = prepare(config)
    bundle = trained_models(config, prepared)
    with progress("audit") as report:
        done = audit(Subject(config, prepared, bundle, EFFORTS[config.audit.level]), report)
    answer = verdict(done)
    result: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "mode": "audit",
        "level": config.audit.level,
        "verdict": answer,
        "summary": VERDICTS[answer],
        "checks": [_row(checked) for checked in done],
        "data": data_block(config, prepared),
        "windows": windows_block(prepared),
        "models": None if bundle is None else bundle.name,
        "fingerprints": fingerprints_block(config),
        "warnings": warnings_of(config, prepared, bundle),
        "volatile": volatile_block(started, check_seconds={checked.name: checked.seconds for checked in done}),
    }
    write_json(run_dir / "result.json", result)
    _show(done, result, run_dir)
    return ModeResult(ANSWER_IS_NO if answer == FAIL else DONE)


def _row(checked: Checked) -> dict[str, Any]:
    finding = checked.finding
    return {
        "name": checked.name,
        "status": finding.status,
        "found": finding.found,
        "where": finding.where,
        "mend": finding.mend,
        "details": dict(finding.details),
    }


def _show(done: list[Checked], result: dict[str, Any], run_dir: Path) -> None:
    show_columns(
        ("check", "answer", "seconds"),
        [(checked.name, checked.finding.status, f"{checked.seconds:.1f}") for checked in done],
    )
    for checked in done:
        finding = checked.finding
        where = f" [{finding.where}]" if finding.where else ""
        mend = f"; {finding.mend}" if finding.mend and finding.status != PASS else ""
        say(f"{finding.status:<7} {checked.name}: {finding.found}{where}{mend}")
    for warning in result["warnings"]:
        say(f"! {warning}")
    seconds = result["volatile"]["seconds"]
    say(f"{result['verdict']}: {result['summary']} (audit.level={result['level']}, {seconds:.0f} s)")
    say(f"result: {near(run_dir / 'result.json')}")
