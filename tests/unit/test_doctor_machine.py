"""What the doctor says of the machine, the ledger, the environment, the models and the calendar."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import text

from novosky.config.fingerprint import fingerprint
from novosky.config.schema import Config
from novosky.config.schema.doctor import DoctorConfig
from novosky.config.schema.terminal import TerminalConfig
from novosky.errors import ConfigError, NovoskyError
from novosky.models.revision.record import Record
from novosky.trading.doctor import inputs, machine, models, storage
from novosky.trading.doctor.examine import examine, failing_part
from novosky.trading.doctor.finding import FAIL, PASS, WARN, Finding, judged, refused, worst
from novosky.trading.doctor.models import ModelSet
from novosky.trading.doctor.secrets import names_in, names_of_terminal, secrets
from novosky.trading.doctor.terms import Limits, limits_of
from novosky.trading.ledger.engine import open_engine
from novosky.trading.ledger.store import Ledger
from support.doctor_site import opened, server_for

DAY_MS = 86_400_000


@pytest.fixture(scope="module")
def config(compose: Callable[..., Config], tmp_path_factory: pytest.TempPathFactory) -> Config:
    folder = tmp_path_factory.mktemp("doctor")
    return compose(
        "broker=generic",
        "threads=1",
        "doctor.disk_free_mb=1",
        f"trade.ledger=sqlite:///{folder}/ledger.sqlite",
        f"trade.kill_file={folder}/KILL",
        f"paths.train={folder}/none",
    )


def test_a_mend_decides_the_verdict() -> None:
    assert judged("a", 1, 2) == Finding("a", PASS, "1", "2")
    assert judged("a", 1, 2, warn="w") == Finding("a", WARN, "1", "2", "w")
    assert judged("a", 1, 2, fail="f", warn="w") == Finding("a", FAIL, "1", "2", "f")
    assert worst([]) == PASS
    assert worst([judged("a", 1, 2), judged("b", 1, 2, fail="f"), judged("c", 1, 2, warn="w")]) == FAIL


def test_a_refusal_is_cut_before_its_mend() -> None:
    said = refused("a", "b", ConfigError("x: found y; worse still; do z"))
    assert (said.found, said.mend) == ("x: found y; worse still", "do z")
    assert refused("a", "b", NovoskyError("no mend")).found == "no mend"


def test_python_and_system(monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.python().verdict == PASS
    monkeypatch.setattr(machine, "OLDEST", (3, 99))
    assert machine.python().verdict == FAIL
    assert machine.system("http").verdict == PASS
    monkeypatch.setattr(machine.sys, "platform", "linux")
    assert "terminal=mt5linux" in machine.system("metatrader5").mend
    monkeypatch.setattr(machine.sys, "platform", "win32")
    assert machine.system("metatrader5").verdict == PASS


def test_libraries_and_threads() -> None:
    assert machine.libraries("simulated").verdict == PASS
    missing = machine.libraries("simulated", ["no-such-library"])
    assert (missing.verdict, "no-such-library" in missing.mend) == (FAIL, True)
    assert machine.threads(1).verdict == PASS
    assert machine.threads(9_999).verdict == WARN


def test_disk_and_outputs(tmp_path: Path) -> None:
    later = tmp_path / "not" / "there"
    assert storage.disk([later], 1).verdict == PASS
    assert storage.disk([later], 10**9).verdict == FAIL
    assert not later.exists()
    assert storage.outputs(later).verdict == PASS
    (tmp_path / "file").write_text("")
    assert storage.outputs(tmp_path / "file" / "runs").verdict == FAIL


def test_a_new_ledger_leaves_nothing_behind(tmp_path: Path) -> None:
    found = storage.ledger(f"sqlite:///{tmp_path}/trade/ledger.sqlite")
    assert (found.verdict, found.found) == (PASS, "opens, new")
    assert list((tmp_path / "trade").iterdir()) == []


def test_ledgers_that_are_there(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    Ledger(url, "bot").close()
    before = (tmp_path / "ledger.sqlite").read_bytes()
    assert storage.ledger(url).found == "opens, schema 1"
    assert (tmp_path / "ledger.sqlite").read_bytes() == before
    engine = open_engine(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO schema_versions (version, applied_ms) VALUES (99, 0)"))
    engine.dispose()
    assert "newer version" in storage.ledger(url).mend
    (tmp_path / "other.sqlite").write_bytes(b"no database at all" * 100)
    assert storage.ledger(f"sqlite:///{tmp_path}/other.sqlite").verdict == FAIL
    assert storage.ledger("nosuch://x").verdict == FAIL


def test_a_ledger_that_another_writer_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path}/ledger.sqlite"
    Ledger(url, "bot").close()
    monkeypatch.setattr("novosky.trading.ledger.engine.BUSY_MS", 1)
    engine = open_engine(url)
    with engine.begin():
        assert "locked" in storage.ledger(url).found
    engine.dispose()


def test_secrets_are_looked_for_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_TOKEN", "tell-nobody")
    monkeypatch.delenv("B_TOKEN", raising=False)
    assert secrets([]).verdict == secrets(["A_TOKEN"]).verdict == PASS
    missing = secrets(["A_TOKEN", "B_TOKEN"])
    assert missing.verdict == FAIL
    assert "B_TOKEN" in missing.mend
    assert "A_TOKEN" not in missing.mend
    assert "tell-nobody" not in str(missing)
    terminal = TerminalConfig(kind="mt5linux", password_env="P", token_env="T")
    assert names_in(terminal) == ["P", "T"]
    assert names_of_terminal(terminal) == []
    terminal.login = 5
    assert names_of_terminal(terminal) == ["P"]
    assert names_of_terminal(TerminalConfig(kind="http", token_env="T")) == ["T"]


@dataclass
class Inner:
    enabled: bool
    token_env: str = "INNER"


@dataclass
class Outer:
    inner: Inner
    urls_env: str | None = None
    token_envs: tuple[str, ...] = ("X", "Y")


def test_groups_inside_a_group_count_while_they_are_enabled() -> None:
    assert names_in(Outer(Inner(False))) == ["X", "Y"]
    assert names_in(Outer(Inner(True), "U")) == ["INNER", "U", "X", "Y"]


def test_a_kill_switch(tmp_path: Path) -> None:
    assert storage.kill_switch(tmp_path / "KILL").verdict == PASS
    (tmp_path / "KILL").touch()
    assert storage.kill_switch(tmp_path / "KILL").verdict == FAIL


def made_with(config: Config, **parts: str) -> ModelSet:
    """A promoted set of these settings, some parts of another hash."""
    then = {**fingerprint(config).parts, "whole": "-", **parts}
    return ModelSet(Record("v20260101-p3", {}, {"fingerprints": then}, ""))


def test_settings_that_decide_must_be_the_sets_own(config: Config) -> None:
    assert models.settings(config, ModelSet(), True) is None
    in_sync = models.settings(config, made_with(config), True)
    assert in_sync is not None
    assert in_sync.verdict == PASS
    for part, strict, verdict in (
        ("prediction", False, FAIL),
        ("stage.sltp", False, FAIL),
        ("profile", False, WARN),
        ("profile", True, FAIL),
    ):
        found = models.settings(config, made_with(config, **{part: "other"}), strict)
        assert found is not None
        assert (found.verdict, part in found.found) == (verdict, True)


def test_age_of_the_training() -> None:
    bundle: Any = SimpleNamespace(train_ends_ms={"signal": 10 * DAY_MS, "risk": 12 * DAY_MS})
    for now_days, verdict in ((100, PASS), (101, WARN), (9, FAIL)):
        found = models.training_age(ModelSet(bundle=bundle), now_days * DAY_MS, 90)
        assert found is not None
        assert found.verdict == verdict
    assert models.training_age(ModelSet(), 0, 90) is None


def test_nothing_promoted_and_no_models(compose: Callable[..., Config], tmp_path: Path) -> None:
    config = compose("models=promoted", f"paths.models={tmp_path}/m", f"paths.revisions={tmp_path}/r")
    found = models.revision(config, ModelSet())
    assert (found.verdict, "mode=pull" in found.mend) == (FAIL, True)
    assert models.models(config, ModelSet()).verdict == FAIL
    working = compose(f"paths.train={tmp_path}/none")
    assert models.revision(working, ModelSet()).verdict == PASS
    working.terminal.kind = "http"
    assert models.revision(working, ModelSet()).verdict == WARN
    assert "mode=train" in models.models(working, ModelSet()).mend


def test_a_calendar_that_ends(compose: Callable[..., Config], tmp_path: Path) -> None:
    file = tmp_path / "news.csv"
    file.write_text("datetime_utc,currency,impact,event\n2024-01-31T13:30:00Z,USD,high,Payrolls\n")
    config = compose("data=random_walk", "news=csv", f"news.path={file}", "features=core59")
    ends_ms = 1_706_745_600_000  # 2024-02-01
    config.terminal.kind = "http"
    for days_before, verdict in ((8, PASS), (6, WARN), (-1, FAIL)):
        assert inputs.calendar(config, ends_ms - days_before * DAY_MS, 7).verdict == verdict
    config.terminal.kind = "simulated"
    assert inputs.calendar(config, ends_ms - DAY_MS, 7).verdict == PASS
    file.write_text("nothing")
    assert inputs.calendar(config, ends_ms, 7).verdict == FAIL


def test_a_generated_calendar_is_for_the_generated_market_alone(config: Config, compose: Callable[..., Config]) -> None:
    assert inputs.calendar(config, 0, 7).verdict == PASS
    live = compose("broker=generic")
    live.terminal.kind = "mt5linux"
    assert "news=csv" in inputs.calendar(live, 0, 7).mend


def test_the_starts_part_is_what_does_not_pass_the_failed_first(config: Config, tmp_path: Path) -> None:
    terminal = opened(server_for(config, account={"leverage": 500, "netting": True}))
    found = failing_part(config, terminal, tmp_path)
    assert [finding.name for finding in found] == ["position mode", "history", "models", "leverage"]
    assert [finding.verdict for finding in found] == [FAIL, FAIL, FAIL, WARN]


def test_a_terminal_that_cannot_be_reached_is_a_finding(config: Config, tmp_path: Path) -> None:
    def reach() -> Any:
        raise NovoskyError("bridge http://x: refused; start it")

    found = list(examine(config, reach, tmp_path))
    connection = next(finding for finding in found if finding.name == "connection")
    assert (connection.verdict, connection.mend) == (FAIL, "start it")
    assert found[-1].name == "calendar"


def test_limits_are_the_groups_keys() -> None:
    assert limits_of(DoctorConfig()) == Limits()


def test_the_first_check_waits_for_no_heavy_library() -> None:
    program = (
        "import sys, novosky.modes.doctor\n"
        "heavy = {'numpy', 'numba', 'polars', 'sqlalchemy', 'sklearn', 'lightgbm', 'xgboost'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
