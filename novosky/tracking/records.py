"""What the modes wrote, as a tracker takes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from novosky.config.schema import Config
from novosky.models.bundle.bundle import Bundle
from novosky.tracking.numbers import numbers_of
from novosky.tracking.port import Models, Plot, Rows, Tracked

CURVE_POINTS = 1000
TRIED = ("slot", "state", "value", "seconds")
ON_GATE = ("baseline_score", "final_score", "improvement_pct", "baseline", "candidate", "versus_old", "versus_flat",
           "share")  # fmt: skip


def backtest_record(config: Config, result: Mapping[str, Any], run_dir: Path, models: Models | None) -> Tracked:
    """A judged window, or a walk-forward, from its result and the tables in its folder."""
    folds = "walk_forward" in result
    window = "walk_forward" if folds else str(result["window"]["name"])
    judged = {k: v for k, v in result["walk_forward"].items() if k != "folds"} if folds else result["judged"]
    looks = {name: result["volatile"].get(name) for name in ("looks",)}
    metrics = numbers_of({**judged, "significance": result["significance"], **looks}, window)
    tables = {"trades": table_of(pl.read_csv(run_dir / "trades.csv", infer_schema_length=None), config)}
    equity = pl.read_csv(run_dir / "equity.csv")
    tables["equity"] = table_of(equity.gather_every(max(1, len(equity) // CURVE_POINTS)), config)
    page = run_dir / "report.html"
    return Tracked(
        kind="backtest",
        name=f"{result['mode']} {run_dir.name}",
        config=asdict(config),
        metrics=metrics,
        facts={"window": window, "models": _stages(result), **_origin(result)},
        notes=notes_of(result["summary"], result["warnings"]),
        tables=tables,
        plots={"equity_curve": Plot("line", "equity", "bar_time", "equity", "Equity, marked to market")},
        page=page if page.is_file() else None,
        models=models,
    )


def iteration_record(
    config: Config, result: Mapping[str, Any], trades: pl.DataFrame | None, models: Models | None
) -> Tracked:
    """An iteration of a loop.

    `config` is the candidate's, `trades` are those that it made on `gate`, None where it was not opened; `result` is
    the iteration's block of `result.json` with the loop's warnings.
    """
    entry, features = result["entry"], result["features"]
    metrics = numbers_of({name: entry[name] for name in ON_GATE}, "gate")
    tables, plots = {}, {}
    if trades is not None:
        tables["trades"] = table_of(trades, config)
    if features is not None:
        rows = [(stage, name, share) for stage, found in features.items() for name, share in found.items()]
        tables["shap"] = Rows(("stage", "feature", "share_of_mean_abs_shap"), rows)
        for stage, found in features.items():
            shown = sorted(found.items(), key=lambda item: -item[1])
            tables[f"shap_{stage}"] = Rows(("feature", "share"), shown)
            title = f"{stage}: share of the total mean |SHAP| of what stood"
            plots[f"shap_of_{stage}"] = Plot("bar", f"shap_{stage}", "feature", "share", title)
    return Tracked(
        kind="iteration",
        name=f"{entry['loop']} {entry['iteration']} {entry['decision']}",
        config=asdict(config),
        metrics=metrics | {"iteration": entry["iteration"]},
        facts={
            "window": "gate",
            **{name: entry[name] for name in ("loop", "decision", "reason", "promotable", "gate", "stamp")},
            **{name: entry[name] for name in ("params", "dropped_features", "fingerprints", "data_snapshot")},
        },
        notes=notes_of(f"{entry['decision']}: {entry['reason']}", result["warnings"]),
        tables=tables,
        plots=plots,
        models=models,
    )


def tuning_record(config: Config, name: str, studies: Mapping[str, Any], warnings: list[str]) -> Tracked:
    """The studies of a tuning, by stage, as `mode=tune` writes them; their objectives are of folds inside train."""
    metrics: dict[str, float] = {}
    tables, plots = {}, {}
    for study, block in studies.items():
        counts = {"trials": len(block["trials"])}
        metrics |= numbers_of({key: block[key] for key in ("value", "baseline_value")} | counts, f"train/{study}")
        keys = list(block["current"])
        rows = [
            (trial["slot"], trial["state"], trial["values"][0] if trial["values"] else None, trial["seconds"],
             *(_cell((trial["params"] or {}).get(key)) for key in keys))
            for trial in block["trials"]
        ]  # fmt: skip
        tables[f"trials_{study}"] = Rows((*TRIED, *keys), rows)
        title = f"{study}: {block['objectives'][0]} by trial"
        plots[f"search_of_{study}"] = Plot("scatter", f"trials_{study}", "slot", "value", title)
    found = [f"{study}: {block['objectives'][0]} {block['value']:.6g}" for study, block in studies.items()]
    return Tracked(
        kind="tuning",
        name=name,
        config=asdict(config),
        metrics=metrics,
        facts={"window": "train", "changed": {study: block["changed"] for study, block in studies.items()}},
        notes=notes_of("; ".join(found), warnings),
        tables=tables,
        plots=plots,
    )


def models_of(bundle: Bundle, folder: Path, **lineage: Any) -> Models:
    """A set in `folder`, and what it was made from: by hash each stage, its predecessors and its bars."""
    stages = {
        stage: {"manifest": bundle.hashes[stage], "predecessors": facts["predecessors"], "data": facts["data"]}
        for stage, facts in bundle.facts.items()
    }
    return Models(bundle.name, folder, tuple(stages), {"stages": stages, **lineage})


def notes_of(answer: str, warnings: list[str]) -> str:
    """The answer and every warning, a line each: figures do not travel without them."""
    return "\n".join([answer, *(f"! {warning}" for warning in warnings)])


def table_of(frame: pl.DataFrame, config: Config) -> Rows:
    """The first `tracker.table_rows` rows, times as text."""
    shown = frame.head(config.tracker.table_rows).with_columns(pl.col(pl.Datetime).dt.to_string("%Y-%m-%dT%H:%M:%SZ"))
    return Rows(shown.columns, shown.rows())


def _stages(result: Mapping[str, Any]) -> dict[str, str]:
    if "walk_forward" in result:
        return {f"fold_{k}": fold["models"] for k, fold in enumerate(result["walk_forward"]["folds"], 1)}
    return {stage: block["manifest_hash"] for stage, block in result["models"].items()}


def _origin(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"mode": result["mode"], "data": result["data"], "fingerprints": result["fingerprints"]}


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool) or value is None else str(value)
