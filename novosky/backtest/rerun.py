"""A recorded run's configuration, turned so that it runs again in a scratch folder and leaves no trace elsewhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from novosky.backtest.recorded import RecordedRun
from novosky.config.schema import Config
from novosky.config.schema.market import GENERATED_SOURCES
from novosky.config.schema.runs import ReproduceConfig
from novosky.errors import ConfigError, DataError
from novosky.models.bundle.bundle import STAGES, enabled_stages
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, WORKING, read_pointer


def rerun_config(run: RecordedRun, asked: ReproduceConfig, scratch: Path) -> Config:
    """The same configuration with its places in `scratch`; models and files are read where they are.

    Snapshots, cache and working set are made anew. The looks ledger is a scratch one too: the same look again is no
    new look. Raises DataError for a file, ConfigError for a set of models that is not here.
    """
    config = run.config
    places = {name: str(scratch / name) for name in ("data", "train", "cache")}
    if _is_by_name(run, asked):
        places["data"] = config.paths.data
    again = replace(
        config,
        data=replace(config.data, path=_bars_file(run, asked), finer_path=_finer_file(run, asked)),
        news=replace(config.news, path=_news_file(run, asked)),
        paths=replace(config.paths, **places, looks=str(scratch / "looks.jsonl"), other_looks=None),
        report=replace(config.report, html=False),
    )
    if config.mode == "train":
        return _with_predecessors(again, run, asked)
    if run.walks_forward and asked.models is not None:
        raise ConfigError("reproduce.models: a walk-forward trains every fold, it read no models; leave it away")
    if run.walks_forward or (config.mode == "run" and asked.models is None):
        return again
    if config.window == "holdout":
        return _while_promoted(again, run)
    return replace(again, mode="backtest", models=str(judged_set(run, asked)))


def judged_set(run: RecordedRun, asked: ReproduceConfig) -> Path:
    """The folder of the models that the run judged, or began from."""
    config = run.config
    working = config.models == WORKING or config.mode != "backtest"
    folder = Path(asked.models or (config.paths.train if working else _then(run)))
    if not folder.is_dir():
        raise ConfigError(
            f"{run.folder}: its models were in {folder}, which is not here; add reproduce.models=<folder>"
        )
    return folder


def _while_promoted(again: Config, run: RecordedRun) -> Config:
    """`holdout` stays closed to any set but the promoted one, now as then."""
    tag, places = run.result["volatile"]["revision"], revision_places(again)
    pointer = read_pointer(places)
    if pointer is None or pointer.tag != tag:
        raise ConfigError(
            f"{run.folder}: judged holdout with revision {tag}, which {places.pointer} does not name; go back to it: "
            f"run.py mode=pull revision={tag}"
        )
    return again


def _then(run: RecordedRun) -> Path:
    """Another set than the working one; a promoted one under the tag that it had then."""
    if run.config.models != PROMOTED:
        return Path(run.config.models)
    return revision_places(run.config).folder(str(run.result["volatile"]["revision"]))


def stages_read(config: Config) -> tuple[str, ...]:
    """The stages that a run reads and does not train."""
    if config.mode == "backtest":
        return () if config.windows.kind == "walk_forward" else STAGES
    return STAGES[: STAGES.index(config.train.stage)] if config.mode == "train" and config.train.stage in STAGES else ()


def _with_predecessors(again: Config, run: RecordedRun, asked: ReproduceConfig) -> Config:
    """A stage that was trained alone finds copies of those before it."""
    before = stages_read(again)
    if not before:
        if asked.models is not None:
            raise ConfigError(
                "reproduce.models: the run trained from the first stage on, it read no models; leave it away"
            )
        return again
    found = judged_set(run, asked)
    for stage in (name for name in before if name in enabled_stages(again.stage)):
        if not (found / stage).is_dir():
            raise ConfigError(f"{found}: expected the {stage} stage in it; add reproduce.models=<folder of the set>")
        shutil.copytree(found / stage, Path(again.paths.train) / stage)
    return again


def _bars_file(run: RecordedRun, asked: ReproduceConfig) -> str | None:
    if _is_by_name(run, asked):
        return None
    if run.config.data.source in GENERATED_SOURCES:
        _not_asked("data_path", asked.data_path, run)
        return run.config.data.path
    return _file("data_path", asked.data_path, run.config.data.path, run)


def _is_by_name(run: RecordedRun, asked: ReproduceConfig) -> bool:
    """Whether the run took its snapshot without a file: by name, or because an exchange gave the bars."""
    data = run.config.data
    is_named = data.source not in GENERATED_SOURCES and (data.snapshot is not None or data.source == "ccxt")
    return is_named and data.path is None and asked.data_path is None


def _finer_file(run: RecordedRun, asked: ReproduceConfig) -> str | None:
    if run.config.execution.intrabar != "finer_bars":
        _not_asked("finer_path", asked.finer_path, run)
        return run.config.data.finer_path
    return _file("finer_path", asked.finer_path, run.config.data.finer_path, run)


def _news_file(run: RecordedRun, asked: ReproduceConfig) -> str | None:
    if run.config.news.source != "csv" or (run.config.news.path is None and asked.news_path is None):
        _not_asked("news_path", asked.news_path, run)
        return run.config.news.path
    return _file("news_path", asked.news_path, run.config.news.path, run)


def _not_asked(key: str, value: str | None, run: RecordedRun) -> None:
    if value is not None:
        raise ConfigError(f"reproduce.{key}={value}: {run.folder} read no such file; leave it away")


def _file(key: str, asked: str | None, then: str | None, run: RecordedRun) -> str:
    path = asked or str(then)
    if not Path(path).is_file():
        raise DataError(f"{run.folder}: it read {path}, which is not here; add reproduce.{key}=<file>")
    return path
