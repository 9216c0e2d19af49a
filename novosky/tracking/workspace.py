"""The W&B workspace that compares iterations, and the lineage that offline runs cannot draw.

    python -m novosky.tracking.workspace ENTITY/PROJECT [GROUP]

Needs the network, a key (`wandb login`, or WANDB_API_KEY) and the package wandb-workspaces. Run it again at any time: a
workspace is a view, and each call saves a new one.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from novosky.errors import ConfigError, NovoskyError
from novosky.tracking.wandb_run import ARTIFACT

NAME = "Iterations"
TIMEOUT_S = 20
SCORES = ("gate/final_score", "gate/baseline_score", "gate/candidate/expectancy_r", "gate/candidate/daily_r",
          "gate/candidate/trades", "gate/versus_old/z", "gate/versus_flat/z", "gate/share/number")  # fmt: skip
BACKTESTS = ("sweep/expectancy_r", "sweep/reference/value", "sweep/max_drawdown_pct", "sweep/trades", "sweep/looks")


def build(entity: str, project: str, group: str | None) -> Any:
    """The workspace, not saved yet. Raises ConfigError where the package is missing."""
    if find_spec("wandb_workspaces") is None:
        raise ConfigError("workspace: wandb-workspaces is not installed; uv pip install wandb-workspaces")
    wr: Any = import_module("wandb_workspaces.reports.v2")
    ws: Any = import_module("wandb_workspaces.workspaces")

    by_iteration = [
        wr.ScatterPlot(title=name, x=wr.SummaryMetric("iteration"), y=wr.SummaryMetric(name)) for name in SCORES
    ]
    searched = [
        wr.ParallelCoordinatesPlotColumn(wr.SummaryMetric(name))
        for name in ("iteration", "gate/candidate/trades", "gate/candidate/expectancy_r", "gate/final_score")
    ]
    sections = [
        ws.Section(name="Iterations on gate: one point each", panels=by_iteration, is_open=True),
        ws.Section(
            name="What was tried",
            panels=[wr.RunComparer(diff_only=True), wr.ParallelCoordinatesPlot(columns=searched)],
            is_open=True,
        ),
        ws.Section(name="Trades", panels=[wr.WeavePanelSummaryTable(table_name="trades")]),
        ws.Section(name="What the models look at", panels=[wr.WeavePanelSummaryTable(table_name="shap")]),
        ws.Section(name="Backtests", panels=[wr.BarPlot(title=name, metrics=[name]) for name in BACKTESTS]),
    ]
    settings = ws.RunsetSettings(
        groupby=[ws.Metric("Group")],
        order=[ws.Ordering(ws.Metric("CreatedTimestamp"), ascending=True)],
        filters=[] if group is None else [ws.Metric("Group") == group],
        pinned_columns=["summary:decision", "summary:gate/final_score", "summary:gate/baseline_score"],
    )
    title = NAME if group is None else f"{NAME} of {group}"
    return ws.Workspace(entity=entity, project=project, name=title, sections=sections, runset_settings=settings)


def link_lineage(entity: str, project: str) -> int:
    """Say of every run which set it was compared with; how many links were drawn.

    An offline run can give an artifact and cannot take one: here an iteration takes the set that stood before it.
    """
    import wandb

    api, drawn = wandb.Api(timeout=TIMEOUT_S), 0
    for run in api.runs(f"{entity}/{project}", filters={"jobType": "iteration"}):
        name = (run.summary.get("fingerprints") or {}).get("incumbent")
        if not name:
            continue
        alias = f"{entity}/{project}/{ARTIFACT}:{name.split(':')[-1][:12]}"
        if api.artifact_exists(alias):
            run.use_artifact(api.artifact(alias))
            drawn += 1
    return drawn


def main(arguments: list[str]) -> int:
    """Exit code 0 done, 2 the input is wrong, 3 the server did not take it."""
    try:
        if not 1 <= len(arguments) <= 2 or arguments[0].count("/") != 1:
            raise ConfigError("workspace: expected ENTITY/PROJECT and, if you like, a GROUP")
        entity, project = arguments[0].split("/")
        workspace = build(entity, project, arguments[1] if len(arguments) == 2 else None)
        try:
            workspace.save()
            drawn = link_lineage(entity, project)
        except Exception as error:  # whatever the network or the server says
            raise NovoskyError(f"workspace: W&B did not take it ({type(error).__name__}: {error})") from error
    except NovoskyError as error:
        sys.stderr.write(" ".join(str(error).split()) + "\n")
        return error.exit_code
    sys.stdout.write(f"workspace: {workspace.url}\nlineage: {drawn} links\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
