"""`python -m campaigns docs [--minutes N]`: every command of the documentation, typed in a fresh clone, in its order.

The clone has what a reader would bring: two files of bars, and small models in conf/local/, so that a job takes
seconds. `uv run` starts the interpreter of this campaign; `uv sync` and `pip install` install nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from campaigns.doc_commands import ROOT, Command, commands, files, pages

UV = """\
#!/usr/bin/env bash
[ "$1" = run ] || exit 0
shift
while [[ $1 == -* ]]; do [ "$1" = --extra ] && shift; shift; done
case "$*" in
    *mode=reproduce*|*mode=sync*|*features=mine*) ;;  # settings from elsewhere; too few trades with small models
    *run.py*mode=*|*run.py*experiment=*) set -- "$@" local=default;;
esac
case $1 in *.py) exec python "$@";; *) exec "$@";; esac
"""
SMALL = """\
# @package _global_
stage:
  signal: {forest: {trees: 8}, xgboost: {rounds: 8}, lightgbm: {rounds: 8}}
  position: {forest: {trees: 8}, xgboost: {rounds: 8}, lightgbm: {rounds: 8}}
  sltp: {lightgbm: {rounds: 8, min_leaf_rows: 50}}
  risk: {lightgbm: {rounds: 8, min_leaf_rows: 20, learning_rate: 0.3}}
tune: {trials: 3}
optimize: {iterations: 1}
score: {bootstrap_samples: 200}
"""
HEAD = """\
# The documentation's commands, typed

`python -m campaigns docs` types every command of these pages in a fresh clone, in their order, and writes the files
that they ask to write. Models are small (`conf/local/default.yaml`, read by `local=default` behind each command) on the
default market of 30,000 bars; each block begins with the set that the quickstart trained. `uv run` starts the
interpreter of the campaign; commands that install install nothing. A command passes when it ends as its page says: 0,
or the exit code that its comment names, or the refusal that is shown below it.
"""
PATIENCE_S = 60.0  # after Ctrl-C
FIRST = 5  # times as long for the first command, the quickstart, which the others need


@dataclass(frozen=True)
class Done:
    command: Command
    exit_code: int | None  # None: stopped when its time was over
    seconds: float
    said: str  # its last words

    @property
    def verdict(self) -> str:
        if self.exit_code is None:
            return "stopped"
        shown = " ".join(self.command.shown[:1])
        refused_as_shown = bool(shown) and shown in self.said
        return "passed" if self.exit_code in self.command.may_exit or refused_as_shown else "FAILED"


def docs(minutes: float, only: Sequence[str] = ()) -> str:
    """The table, as Markdown; `minutes` is what a command may take before it is stopped as by Ctrl-C.

    only: these pages, after the README's first command; all where it is empty.
    Ctrl-C to the campaign itself ends it after the command at hand; what was not reached is listed as such.
    """
    found = [(page, commands(page)) for page in _in_order()]
    if only:
        chosen = [(page, of_page) for page, of_page in found if str(page.relative_to(ROOT)) in only]
        found = [(found[0][0], found[0][1][:1]), *chosen]
    done: list[Done] = []
    with tempfile.TemporaryDirectory(prefix="novosky-docs-") as scratch:
        clone, environment = _prepared(Path(scratch))
        with contextlib.suppress(KeyboardInterrupt):
            for page, of_page in found:
                for name, text in files(page).items():
                    (clone / name).write_text(text, encoding="utf-8")
                for block in dict.fromkeys(one.block for one in of_page):
                    _as_after_the_quickstart(clone)
                    in_block = [one for one in of_page if one.block == block and not one.not_run]
                    for one in in_block:
                        limit_s = 60.0 * minutes * (1 if done else FIRST)
                        done.append(_typed(one, clone, environment, limit_s))
        unknown = _keys_unknown_to_the_page(clone)
    return _table(done, [one for _, of_page in found for one in of_page], unknown, minutes)


def _as_after_the_quickstart(clone: Path) -> None:
    """Every block begins with the set that the first command trained: examples do not build on each other."""
    trained, kept = clone / "outputs/train", clone / ".git/trained"
    if not kept.exists():
        if trained.exists():
            shutil.copytree(trained, kept)
        return
    shutil.rmtree(trained, ignore_errors=True)
    shutil.copytree(kept, trained)
    subprocess.run(["git", "checkout", "-q", "--", "conf/experiment/current.yaml"], cwd=clone, check=True)


def _keys_unknown_to_the_page(clone: Path) -> list[str]:
    """What results of this campaign hold and docs/reference/results.md does not name."""
    page = (ROOT / "docs/reference/results.md").read_text(encoding="utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines() if line.startswith("|")]
    known = {(mode, key) for row in rows if len(row) == 3 for mode in row[0].split(", ") for key in _names(row[1])}
    common = {key for row in rows if len(row) == 2 for key in _names(row[0])}
    unknown = set()
    for file in (clone / "outputs").rglob("result.json"):
        result = json.loads(file.read_bytes())
        unknown |= {
            f"{result['mode']}: {key}" for key in result if key not in common and (result["mode"], key) not in known
        }
    return sorted(unknown)


def _names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


def _in_order() -> list[Path]:
    """The README trains the set that the other pages speak of; pages that change the program come last."""
    return sorted(pages(), key=lambda page: (page.name != "README.md", page.name.startswith("add_a_"), str(page)))


def _prepared(scratch: Path) -> tuple[Path, dict[str, str]]:
    clone, tools, origin = scratch / "novosky", scratch / "bin", scratch / "origin.git"
    subprocess.run(["git", "clone", "-q", "--bare", str(ROOT), str(origin)], check=True)  # pages push to it
    subprocess.run(["git", "clone", "-q", str(origin), str(clone)], check=True)
    tools.mkdir()
    for name, text in {"uv": UV, "pip": "#!/bin/sh\nexit 0\n"}.items():
        (tools / name).write_text(text, encoding="utf-8")
        (tools / name).chmod(0o755)
    (clone / ".venv").symlink_to(sys.prefix)
    (clone / "conf/local").mkdir(exist_ok=True)
    (clone / "conf/local/default.yaml").write_text(SMALL, encoding="utf-8")
    path = os.pathsep.join([str(tools), str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(clone), "COLUMNS": "120"}
    environment["NOVOSKY_NOTIFY_URLS"] = "syslog://"  # notices go to this machine's log
    for job in ("mode=data", "mode=run"):  # the market and, in a folder that is removed again, the compiled kernels
        warm = ["data.bars=9000", *(f"paths.{name}=warm/{name}" for name in ("data", "train", "looks", "cache"))]
        command = [sys.executable, "run.py", job, "local=default", *(warm if job == "mode=run" else [])]
        subprocess.run(command, cwd=clone, env=environment, check=True, stdout=subprocess.DEVNULL)
    shutil.rmtree(clone / "warm")
    shutil.rmtree(clone / "outputs")
    bars = next((clone / "data").glob("synthetic-*")) / "bars.parquet"
    (clone / "bars.parquet").write_bytes(bars.read_bytes())
    (clone / "BTCUSD_M30.csv").write_text(_export(pl.read_parquet(bars)), encoding="utf-8")
    return clone, environment


def _export(bars: pl.DataFrame) -> str:
    """What a terminal's "Export Bars" writes, half hours of two months in which no clock changes."""
    half_hours = (
        bars.filter(pl.col("time") < pl.datetime(2024, 3, 1, time_zone="UTC"))
        .group_by_dynamic("time", every="30m")
        .agg(
            pl.col("open").first(), pl.col("high").max(), pl.col("low").min(), pl.col("close").last(),
            pl.col("tick_volume").sum(), pl.col("real_volume").sum(), pl.col("spread").min(),
        )
    )  # fmt: skip
    names = ("open", "high", "low", "close", "tick_volume", "real_volume", "spread")
    head = "\t".join(["<DATE>", "<TIME>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>", "<VOL>", "<SPREAD>"])
    rows = (
        "\t".join([f"{row['time']:%Y.%m.%d}", f"{row['time']:%H:%M:%S}", *(str(row[name]) for name in names)])
        for row in half_hours.iter_rows(named=True)
    )
    return "\n".join([head, *rows]) + "\n"


def _typed(command: Command, clone: Path, environment: dict[str, str], limit_s: float) -> Done:
    began = time.monotonic()
    process = subprocess.Popen(
        ["bash", "-c", command.text], cwd=clone, env=environment, start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    code: int | None
    try:
        said, _ = process.communicate(timeout=limit_s)
        code = process.returncode
    except subprocess.TimeoutExpired:
        code = None
        os.killpg(process.pid, signal.SIGINT)
        try:
            said, _ = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said, _ = process.communicate()
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    done = Done(command, code, time.monotonic() - began, " ".join(said[-2000:].split()))
    print(f"{done.verdict:<8}{done.seconds:7.1f} s  {command.place}  {command.text[:90]}", file=sys.stderr, flush=True)
    if done.verdict == "FAILED":
        print(f"        exit {code}: ...{done.said[-400:]}", file=sys.stderr, flush=True)
    return done


def _table(done: list[Done], everything: list[Command], unknown: list[str], minutes: float) -> str:
    not_run = [one for one in everything if one.not_run]
    missed = len(everything) - len(not_run) - len(done)
    count = {verdict: sum(one.verdict == verdict for one in done) for verdict in ("passed", "stopped", "FAILED")}
    lines = [
        *HEAD.splitlines(),
        "",
        f"{len(everything)} commands: {count['passed']} passed, {count['stopped']} stopped after "
        f"{minutes:g} minutes as by Ctrl-C, {count['FAILED']} failed, {len(not_run)} not run here, with the reason, "
        f"{missed} not reached.",
        "",
        f"Keys of their `result.json` that docs/reference/results.md does not name: {', '.join(unknown) or 'none'}.",
        "",
        "| where | command | exit | seconds | |",
        "|---|---|---:|---:|---|",
    ]
    for one in done:
        exit_code = "" if one.exit_code is None else str(one.exit_code)
        lines.append(
            f"| {one.command.place} | {_cell(one.command)} | {exit_code} | {one.seconds:.1f} | {one.verdict} |"
        )
    lines += ["", "## Not run here", "", "| where | command | why |", "|---|---|---|"]
    lines += [f"| {one.place} | {_cell(one)} | {one.not_run} |" for one in not_run]
    return "\n".join(lines) + "\n"


def _cell(command: Command) -> str:
    return "`" + " ".join(command.text.split()).replace("|", "\\|") + "`"
