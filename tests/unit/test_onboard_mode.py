"""The questions with real keys, and what the mode does with answers: written, kept, refused, left alone."""

from __future__ import annotations

import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from prompt_toolkit.input import PipeInput, create_pipe_input
from prompt_toolkit.output import DummyOutput

from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.modes import onboard
from novosky.modes.onboard_screen import chance, money
from novosky.trading.onboarding.answers import Account, Amount, Answers, Broker, Loss, Notices, Trades, Trading
from novosky.trading.onboarding.asking import Asker
from support.judged_revision import judged_revision

CONF = Path(__file__).resolve().parents[2] / "conf"
DOWN, ENTER, CLEAR = "\x1b[B", "\r", "\x15"
HTTP = Trading("dry", "http", url="http://127.0.0.1:9")  # where nothing listens
GIVEN = Answers(Broker("vt_markets"), Account(2000.0), Loss(Amount(12.0, True), Amount(700.0)), trading=HTTP)


@pytest.fixture
def keys() -> Iterator[PipeInput]:
    with create_pipe_input() as pipe:
        yield pipe


@pytest.fixture
def asker(keys: PipeInput) -> Asker:
    return Asker(keys, DummyOutput())


def test_six_questions(asker: Asker, keys: PipeInput) -> None:
    keys.send_text(DOWN * 3 + ENTER)  # generic is proposed; ic_markets, vt_markets, vt_markets_cent follow
    keys.send_text(
        DOWN + ENTER + "much" + ENTER + CLEAR + "90000" + ENTER + ENTER
    )  # cent; the first balance is refused
    keys.send_text("5 %" + ENTER + "20%" + ENTER)
    keys.send_text(ENTER + "40" + ENTER)
    keys.send_text(DOWN + ENTER + DOWN * 2 + ENTER + "http://10.0.0.2:6542" + ENTER)  # dry, http
    keys.send_text(DOWN + ENTER + "77, -100" + ENTER)
    assert asker.answers(None, "It trades.") == Answers(
        Broker("vt_markets_cent"),
        Account(90000.0, "cent"),
        Loss(Amount(5.0, True), Amount(20.0, True)),
        Trades(None, 40.0),
        Trading("dry", "http", url="http://10.0.0.2:6542"),
        Notices("apprise", (77, -100)),
    )


def test_what_stands_is_proposed_and_contradictions_are_asked_again(asker: Asker, keys: PipeInput) -> None:
    stands = replace(GIVEN, trading=Trading(), notices=Notices("nobody", (77,)))
    keys.send_text(ENTER * 4 + CLEAR + "800" + ENTER * 7)  # 800 a week, 700 in all
    keys.send_text(ENTER * 4 + CLEAR + "80" + ENTER * 7)
    assert asker.answers(stands, "") == replace(stands, loss=Loss(Amount(80.0), Amount(700.0)))


def test_ctrl_c_leaves(asker: Asker, keys: PipeInput) -> None:
    keys.send_text(ENTER * 2 + "\x03")
    with pytest.raises(KeyboardInterrupt):
        asker.answers(None, "")


class Desk:
    """A copy of conf/ and places of its own; nothing answers at the terminal."""

    def __init__(self, folder: Path, config: Config) -> None:
        self.folder, self.config = folder, config
        self.conf, self.file = folder / "conf", folder / "conf" / "local" / "default.yaml"
        shutil.copytree(CONF, self.conf, ignore=shutil.ignore_patterns("local"))

    def revision(self, **more: Any) -> None:
        judged_revision(self.folder, self.config, [1.2, -1.0, 0.9] * 10, **more)

    def run(self, answers: Answers | None, asker: Asker | None = None, **asked: Any) -> tuple[int, dict[str, Any]]:
        """Exit code and result; `asked` are keys of the group."""
        if answers is not None:
            file = self.folder / "answers.yaml"
            file.write_text(json.dumps(as_sections(answers)))
            asked["answers"] = str(file)
        config = replace(self.config, onboard=replace(self.config.onboard, **asked))
        outcome = onboard.run(config, self.folder, asker, self.conf)
        return outcome.exit_code, json.loads((self.folder / "result.json").read_text())

    def backups(self) -> list[Path]:
        return sorted(self.file.parent.glob("*.bak"))


def as_sections(answers: Answers) -> dict[str, Any]:
    """As a file has them; JSON is YAML."""
    loss, trading = answers.loss, answers.trading
    return {
        "broker": {"name": answers.broker.name},
        "account": {"kind": answers.account.kind, "balance": answers.account.balance},
        "loss": {"week": str(loss.week), "total": str(loss.total), "profile": loss.profile},
        "trading": {"where": trading.where, "terminal": trading.terminal, "url": trading.url},
    }


@pytest.fixture(scope="module")
def config(compose: Callable[..., Config]) -> Config:
    """Places are relative to the folder that a test runs in."""
    return compose("mode=onboard", "broker=vt_markets", "news=none")


@pytest.fixture
def desk(tmp_path: Path, config: Config, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("API_TOKEN", "x")
    return Desk(tmp_path, config)


def test_nobody_to_ask(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(
        ConfigError, match=r"onboard\.answers: required where nobody can be asked \(this is no terminal\)"
    ):
        desk.run(None)
    assert not desk.file.exists()


def test_the_table_the_file_and_the_doctor(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.revision()
    code, result = desk.run(GIVEN)
    assert code == 1, "nothing listens there: not ready"
    assert (result["file"]["state"], result["verdict"], result["fits"]) == ("written", "fail", True)
    assert [row["number"] for row in result["profiles"]] == [1, 2, 3, 4, 5]
    assert result["secrets"] == ["API_TOKEN"]
    shown = capsys.readouterr().out
    assert "What v20260131-p3 would mean on 2,000.00 USD, by profile:" in shown
    assert "! generated bars: these figures say nothing about any real market" in shown
    assert "no edge" not in shown


def test_nothing_is_replaced_unasked(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.run(GIVEN)
    text = desk.file.read_text()
    code, result = desk.run(GIVEN)
    assert (code, result["file"]["state"], desk.file.read_text()) == (1, "unchanged", text)
    changed = replace(GIVEN, account=Account(2500.0))
    with pytest.raises(ConfigError, match=r"says something else already, nothing was written; add onboard\.overwrite"):
        desk.run(changed)
    assert (desk.file.read_text(), desk.backups()) == (text, [])
    assert "-  balance: 2000.0\n+  balance: 2500.0" in capsys.readouterr().out
    desk.run(changed, overwrite=True)
    assert "balance: 2500.0" in desk.file.read_text()
    assert [file.read_text() for file in desk.backups()] == [text]


def test_a_mistake_leaves_the_old_file(desk: Desk) -> None:
    desk.file.parent.mkdir()
    desk.file.write_text("# @package _global_\n# mine\n")
    with pytest.raises(ConfigError, match="no profile is made for less than 20000"):
        desk.run(replace(GIVEN, account=Account(2000.0, "cent")), overwrite=True)
    (desk.conf / "notify" / "none.yaml").write_text("kind: none\nevent: [trade]\n")
    with pytest.raises(ConfigError, match=r"do not compose, nothing was written: .*event"):
        desk.run(GIVEN, overwrite=True)
    assert desk.file.read_text() == "# @package _global_\n# mine\n"


def test_live_needs_a_word_for_each_reason_against_it(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.revision(interval=(-0.1, 0.3))
    live = replace(GIVEN, trading=replace(HTTP, where="live"), loss=Loss(Amount(1.0), Amount(2.0)))
    code, result = desk.run(live)
    assert (code, result["file"]["state"], desk.file.exists()) == (1, "kept", False)
    assert sorted(result["against_live"]) == ["generated_bars", "no_edge", "nothing_fits"]
    assert result["summary"].startswith("Nothing was written. no_edge: v20260131-p3 shows no edge")
    assert (
        "! no edge shown: the interval of its expectancy includes zero; expect to lose the costs"
        in capsys.readouterr().out
    )
    code, result = desk.run(live, accept=["no_edge", "nothing_fits", "generated_bars"])
    assert (result["file"]["state"], "dry" in desk.file.read_text()) == ("written", False)
    assert "passed over: nothing_fits" in capsys.readouterr().out


def test_without_a_revision_the_careful_profile_and_no_figures(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    code, result = desk.run(GIVEN)
    assert (code, result["profile"], result["profiles"], result["revision"]) == (1, 1, [], None)
    assert "there are no figures yet: run.py mode=pull revision=TAG" in capsys.readouterr().out
    assert '/profile: "1"' in desk.file.read_text()


def test_a_person_sees_the_difference_and_may_say_no(desk: Desk, asker: Asker, keys: PipeInput) -> None:
    desk.revision()
    desk.file.parent.mkdir()
    desk.file.write_text("# @package _global_\n# mine\n")
    six = ENTER + ENTER + CLEAR + "2000" + ENTER * 2 + CLEAR + "12 %" + ENTER + CLEAR + "700" + ENTER * 3
    six += DOWN + ENTER + DOWN * 2 + ENTER + CLEAR + "http://127.0.0.1:9" + ENTER * 3
    keys.send_text(six + ENTER + "n")
    code, result = desk.run(None, asker=asker)
    assert (code, result["file"]["state"]) == (1, "kept")
    assert desk.file.read_text() == "# @package _global_\n# mine\n"
    keys.send_text(six + DOWN + ENTER + "y")
    code, result = desk.run(None, asker=asker)
    assert (result["file"]["state"], result["answers"]["loss"]["profile"]) == ("written", str(result["profile"]))
    assert len(desk.backups()) == 1


def test_money_and_chances_as_they_are_shown() -> None:
    assert [chance(share) for share in (0.0, 0.001, 0.5, 0.999, 1.0)] == ["0 %", "< 1 %", "50 %", "> 99 %", "100 %"]
    assert [money(-99.5), money(1234.5, "+"), money(0.0)] == ["-99.50", "+1,234", "0.00"]
