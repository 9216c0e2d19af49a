"""`mode=reproduce`: a recorded run rebuilt from its folder, or the first difference named."""

from __future__ import annotations

import io
import json
import tempfile
import time
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from novosky.backtest.causes import changed_bars, changed_data, changed_model, changed_setting
from novosky.backtest.code_version import code_notes
from novosky.backtest.difference import Difference, first_difference
from novosky.backtest.judged_run import trades_of
from novosky.backtest.recorded import RecordedRun, read_run
from novosky.backtest.rerun import rerun_config, stages_read
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.market.snapshot import open_market
from novosky.models.bundle.bundle import STAGES
from novosky.models.revision.promoted import models_root
from novosky.modes import dispatch
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import say
from novosky.modes.volatile import volatile_block

REBUILT = ("run", "train", "backtest")


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit 0 where the run came out equal, 1 where it did not; its figures are not shown, no look is recorded."""
    started = time.time()
    recorded = read_run(Path(str(config.reproduce.run)), REBUILT)
    difference = changed_setting(recorded) or _rebuild(recorded, config)
    notes = code_notes(recorded.result["volatile"].get("code", {}))
    notes += [f"{name}: a key that came since, rebuilt with its default" for name in recorded.new_keys]
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "reproduce",
        "run": str(recorded.folder),
        "equal": difference is None,
        "difference": None if difference is None else _block(difference),
        "notes": notes,
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    say(
        f"{'equal' if difference is None else 'not equal'}: {recorded.folder}, rebuilt in {time.time() - started:.0f} s"
    )
    say(_equal(recorded) if difference is None else sentence(difference))
    for note in notes:
        say(f"! {note}")
    return ModeResult(DONE if difference is None else ANSWER_IS_NO)


def sentence(difference: Difference) -> str:
    """`first difference: setting labels.sl_atr: 1.5 then, 2.0 now`."""
    return f"first difference: {difference.kind} {difference.where}: {difference.then} then, {difference.now} now"


def _rebuild(recorded: RecordedRun, config: Config) -> Difference | None:
    """Bars first, then the models where they are only read, then the whole job, step by step in the order of cause."""
    with tempfile.TemporaryDirectory(prefix="novosky-reproduce-") as folder:
        scratch = Path(folder)
        again = rerun_config(recorded, config.reproduce, scratch)
        bars = open_market(again.data, again.news, Path(again.paths.data)).bars
        rebuilt = scratch / "run"
        models = _models_folder(recorded, again, rebuilt)
        found = changed_bars(recorded, bars) or changed_model(recorded, models, stages_read(again))
        if found is not None:
            return found
        rebuilt.mkdir()
        with redirect_stdout(io.StringIO()):  # figures are shown where they were first looked at
            dispatch.dispatch(again, rebuilt)
        result = json.loads((rebuilt / "result.json").read_bytes())
        return (
            changed_data(recorded.result["data"], result["data"])
            or changed_model(recorded, models, STAGES)
            or first_difference(recorded.result, result, recorded.folder, rebuilt)
        )


def _models_folder(recorded: RecordedRun, again: Config, rebuilt: Path) -> Path:
    """Where the rebuilt run reads its models, or leaves them."""
    if recorded.walks_forward:
        return rebuilt / "models"
    return models_root(again) if again.mode == "backtest" else Path(again.paths.train)


def _equal(recorded: RecordedRun) -> str:
    models = f"bars, models ({', '.join(recorded.manifest_hashes())})"
    if recorded.result["mode"] == "train":
        return f"{models} and result.json are those of the run"
    tables = "equity" if recorded.walks_forward else "deals, equity"
    return f"{models}, {trades_of(recorded.result)} trades, {tables} and result.json are those of the run"


def _block(difference: Difference) -> dict[str, Any]:
    return {**difference._asdict(), "sentence": sentence(difference)}
