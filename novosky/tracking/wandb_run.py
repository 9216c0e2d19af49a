"""`tracker=wandb`: each run written into its own folder as an offline run of W&B, then sent where asked for.

W&B's own online mode waits for its server; here the network has one process to itself, with a deadline.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from novosky.config.schema.tracker import TrackerConfig
from novosky.tracking.port import LocalTracker, Make, Models, Plot, Rows, Tracked, Tracker
from novosky.tracking.sending import send, why_not

ARTIFACT = "novosky-set"


def open_tracker(config: TrackerConfig, run_dir: Path, group: str | None) -> Tracker:
    """The tracker of a run; its files go under `run_dir`, its runs into `tracker.group` or, without one, `group`."""
    return LocalTracker() if config.kind == "local" else WandbTracker(config, run_dir, config.group or group)


class WandbTracker:
    """One run of W&B for each that it is handed, begun and finished in one call, so that none runs into another."""

    def __init__(self, config: TrackerConfig, run_dir: Path, group: str | None) -> None:
        self._config, self._run_dir, self._group = config, run_dir, group
        self._sends = config.mode == "online"

    def record(self, make: Make) -> list[str]:
        """Never raises: sentences on what was not kept or not sent."""
        try:
            run = make()
            with _environment(WANDB_DATA_DIR=str(self._run_dir.resolve() / "wandb")):
                folder = self._write(run)
        except Exception as error:  # whatever it was, it is no reason to lose a training
            said = " ".join(str(error).split())
            return [f"tracker=wandb: not recorded ({type(error).__name__}: {said}); the run goes on"]
        return self._send(folder) if self._sends else []

    def _write(self, run: Tracked) -> Path:
        import wandb

        began = wandb.init(
            project=self._config.project,
            entity=self._config.entity,
            group=self._group,
            job_type=run.kind,
            name=run.name,
            notes=run.notes,
            id=_new_id(),
            config={**run.config, "run_folder": str(self._run_dir)},
            dir=str(self._run_dir),
            mode="offline",
            reinit="finish_previous",
            settings=wandb.Settings(**_quiet()),
        )
        folder = Path(began.settings.sync_dir)
        try:
            tables = {name: wandb.Table(columns=[*rows.columns], data=[[*row] for row in rows.rows])
                      for name, rows in run.tables.items()}  # fmt: skip
            logged: dict[str, Any] = {**run.metrics, **tables}
            logged |= {name: _picture(wandb, plot, run.tables) for name, plot in run.plots.items()}
            if run.page is not None:
                logged["report"] = wandb.Html(run.page.read_text(encoding="utf-8"), inject=False)
            began.log(logged)
            began.summary.update(dict(run.facts))
            if run.models is not None and self._config.artifacts:
                artifact = _artifact(wandb, run.models)
                began.log_artifact(artifact, aliases=["latest", run.models.name[:12]])
        finally:
            began.finish()
            wandb.teardown()  # no process of W&B's outlives the record
        return folder

    def _send(self, folder: Path) -> list[str]:
        reason = why_not(self._config.base_url) or send(self._config, folder, self._run_dir)
        if reason is None:
            return []
        self._sends = False  # the next would wait as long
        later = f"WANDB_BASE_URL={self._config.base_url} wandb sync {self._run_dir / 'wandb'}/offline-run-*"
        return [f"tracker=wandb: not sent: {reason}; the run goes on and stays offline, send it later: {later}"]


def _quiet() -> dict[str, Any]:
    """Nothing of the machine, its environment, its git remotes or its screen is recorded."""
    return {
        "silent": True,
        "console": "off",
        "disable_git": True,
        "disable_code": True,
        "disable_job_creation": True,
        "save_code": False,
        "symlink": False,
        "x_disable_meta": True,
        "x_disable_machine_info": True,
        "x_disable_stats": True,
        "x_save_requirements": False,
    }


def _picture(wandb: Any, plot: Plot, tables: Mapping[str, Rows]) -> Any:
    """The plot with a table of its own two columns."""
    rows = tables[plot.table]
    x, y = rows.columns.index(plot.x), rows.columns.index(plot.y)
    table = wandb.Table(columns=[plot.x, plot.y], data=[[row[x], row[y]] for row in rows.rows if row[y] is not None])
    return getattr(wandb.plot, plot.kind)(table, plot.x, plot.y, title=plot.title)


def _artifact(wandb: Any, models: Models) -> Any:
    """The files of the stages, the developer's pickles aside; the same files are the same version there."""
    artifact = wandb.Artifact(ARTIFACT, type="model", metadata={"set": models.name, **models.lineage})
    for stage in models.stages:
        for file in sorted((models.folder / stage).iterdir()):
            artifact.add_file(str(file), name=f"{stage}/{file.name}", skip_cache=True)
    return artifact


def _new_id() -> str:
    """Given to W&B, so that no id in the environment makes two runs one."""
    return os.urandom(5).hex()


@contextmanager
def _environment(**values: str) -> Iterator[None]:
    """W&B's staging folder has no setting: only a variable."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
