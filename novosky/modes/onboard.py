"""`mode=onboard`: six questions -> a profile in money, the settings of this machine, the doctor."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydra.core.hydra_config import HydraConfig

from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.backtest.terms import contract_of
from novosky.config.registry import CONF
from novosky.config.schema import Config
from novosky.errors import ConfigError
from novosky.models.revision.places import revision_places
from novosky.modes.doctor import examined, readiness
from novosky.modes.doctor_screen import show_findings
from novosky.modes.onboard_screen import difference, show_meanings
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import near, say
from novosky.modes.volatile import volatile_block
from novosky.trading.doctor.finding import FAIL, Finding, worst
from novosky.trading.doctor.secrets import names_in, names_of_terminal
from novosky.trading.onboarding import answers as a
from novosky.trading.onboarding.answers_file import known_brokers, read_answers
from novosky.trading.onboarding.asking import Asker
from novosky.trading.onboarding.choice import Choice, choose, said_of_trades, unfit
from novosky.trading.onboarding.judged import Judged, known_rates, read_judged
from novosky.trading.onboarding.local_file import replace_file
from novosky.trading.onboarding.money import Meaning, meanings, profiles_for
from novosky.trading.onboarding.proposed import proposed_answers
from novosky.trading.onboarding.settings import account_of, differing, settings_text
from novosky.trading.onboarding.trial import LOCAL, trial

UNCHANGED, WRITTEN, KEPT = "unchanged", "written", "kept"


@dataclass
class Session:
    """What a run finds out on its way, for result.json."""

    answers: a.Answers
    judged: Judged | None
    rows: list[Meaning]
    choice: Choice
    trades: str = ""
    state: str = KEPT
    backup: Path | None = None
    differing: list[str] = dataclasses.field(default_factory=list)
    findings: list[Finding] = dataclasses.field(default_factory=list)
    secrets: list[str] = dataclasses.field(default_factory=list)


def run(
    config: Config,
    run_dir: Path,
    asker: Asker | None = None,
    conf: Path = CONF,
    typed: Sequence[str] | None = None,
) -> ModeResult:
    """Exit code 1 where nothing was written, or the doctor says not ready.

    `asker` stands in for the terminal, `conf` for the tree whose settings file is written, `typed` for what was typed
    beside the mode.
    """
    started, file = time.time(), conf / LOCAL
    if config.onboard.answers is None and asker is None:
        asker = _at_a_terminal()
    judged = read_judged(revision_places(config))
    answers = _answers(config, asker, judged, file)
    session = _chosen(config, answers, judged, asker)
    summary, code = _against_live(config, session, asker), ANSWER_IS_NO
    if not summary:
        with trial(conf, _overrides(typed)) as compose:
            text, then = settings_text(session.answers, session.choice.number, judged, compose)
        session.differing = [] if judged is None else differing(then, judged)
        summary = _write(config, session, asker, file, text)
    if session.state != KEPT:
        summary = _examine(then, session, run_dir)
        code = ANSWER_IS_NO if worst(session.findings) == FAIL else DONE
    result = _result(session, file, summary) | {"volatile": volatile_block(started)}
    write_json(run_dir / "result.json", result)
    say(summary)
    say(f"result: {near(run_dir)}")
    return ModeResult(code)


def _at_a_terminal() -> Asker:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise ConfigError(
            "onboard.answers: required where nobody can be asked (this is no terminal); add onboard.answers=FILE "
            "(docs/onboard.md has an example)"
        )
    return Asker()


def _answers(config: Config, asker: Asker | None, judged: Judged | None, file: Path) -> a.Answers:
    if config.onboard.answers is not None:
        return read_answers(Path(config.onboard.answers))
    assert asker is not None, "without a file somebody is asked"
    if judged is None:
        said = "No revision is here yet: how often it trades is known once one is pulled."
    else:
        said = f"{judged.tag} traded {judged.trades_a_week:.1f} times a week when it was judged; that cannot be set."
    return asker.answers(proposed_answers(config, file.exists()), said)


def _chosen(config: Config, answers: a.Answers, judged: Judged | None, asker: Asker | None) -> Session:
    """The table and the profile, told; a person may choose another."""
    account, profiles = account_of(answers), profiles_for(judged)
    rows: list[Meaning] = []
    broker = known_brokers()[answers.broker.name]
    if judged is not None and len(judged.r):
        execution = replace(config.execution, max_lots=judged.settings["execution"]["max_lots"])
        contract = contract_of(broker, account, execution)
        rows = meanings(judged, profiles, account, contract, config.score.bootstrap_samples, config.seed)
    choice = choose(rows, profiles, account, answers.loss, judged)
    if judged is None:
        say("! no revision is promoted or pulled here, so there are no figures yet: run.py mode=pull revision=TAG")
        say("  (run.py mode=revisions lists them), then run.py mode=onboard again")
    elif not rows:
        say(f"! {judged.tag} made no trade when it was judged: no figures")
    else:
        show_meanings(rows, judged, account, broker.name, answers.loss, choice.number)
    say(choice.words)
    if asker is not None and rows:
        enough = [row for row in rows if row.minimum is None or account.balance >= row.minimum]
        number = asker.profile([_named(row, answers) for row in enough], choice.number)
        if number != choice.number:
            answers = replace(answers, loss=replace(answers.loss, profile=str(number)))
            choice = choose(rows, profiles, account, answers.loss, judged)
            say(choice.words)
    session = Session(answers, judged, rows, choice)
    if judged is not None:
        row = next((row for row in rows if row.number == choice.number), None)
        session.trades = said_of_trades(judged, row, answers.trades, known_rates(revision_places(config)))
        say(session.trades)
    return session


def _named(row: Meaning, answers: a.Answers) -> tuple[str, str]:
    fits = not unfit(row, account_of(answers), answers.loss)
    return str(row.number), f"{row.number} {row.name}{'' if fits else ' (beyond what you could bear)'}"


def _against_live(config: Config, session: Session, asker: Asker | None) -> str:
    """Why live is not written, in a sentence; empty where nothing speaks against it or all of it was passed over."""
    if session.answers.trading.where != a.LIVE:
        return ""
    for name, words in session.choice.against_live.items():
        if name in config.onboard.accept:
            say(f"! passed over: {name}: {words}")
        elif asker is None or not asker.yes(f"{words}. Live nevertheless?"):
            return f"Nothing was written. {name}: {words}. Answer where: paper or dry, or onboard.accept=[{name}]"
    return ""


def _write(config: Config, session: Session, asker: Asker | None, file: Path, text: str) -> str:
    """Put the file there, once somebody said that it may replace another; or the sentence why not."""
    old = file.read_text(encoding="utf-8") if file.exists() else None
    if old == text:
        session.state = UNCHANGED
        say(f"{near(file)} says this already.")
        return ""
    if old is not None:
        say(difference(old, text))
        if asker is not None and not asker.yes(f"Replace {near(file)}? The old one is kept as a dated copy"):
            return f"{near(file)} was left as it is."
        if asker is None and not config.onboard.overwrite:
            raise ConfigError(
                f"{file}: says something else already, nothing was written; add onboard.overwrite=true (the old one is "
                "kept as a dated copy)"
            )
    session.backup = replace_file(file, text, time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()))
    session.state = WRITTEN
    kept = "" if session.backup is None else f"; the old one is {near(session.backup)}"
    say(f"wrote {near(file)}{kept}:")
    say(text)
    return ""


def _overrides(typed: Sequence[str] | None) -> list[str]:
    """Of the command line, but for what is this mode's own; of the promoted set, as the bot trades it."""
    if typed is None:
        typed = list(HydraConfig.get().overrides.task) if HydraConfig.initialized() else []
    return ["mode=trade", *(one for one in typed if one.split("=")[0].split(".")[0] not in ("mode", "onboard"))]


def _examine(config: Config, session: Session, run_dir: Path) -> str:
    """The doctor's table, and which environment variables are asked for."""
    session.secrets = [*names_of_terminal(config.terminal), *names_in(config.notify)]
    if session.secrets:
        say(f"Set {', '.join(session.secrets)} in the environment that starts the bot; their values go into no file.")
    if session.differing:
        say(f"! {', '.join(session.differing)}: other settings than the revision was judged with; mode=sync shows them")
    session.findings = examined(config, run_dir)
    show_findings(session.findings)
    if session.answers.trading.where == a.PAPER and not session.choice.fits:
        say(f"! {session.choice.words}")
    return readiness(session.findings, config)


def _result(session: Session, file: Path, summary: str) -> dict[str, Any]:
    judged, choice = session.judged, session.choice
    return {
        "schema_version": SCHEMA_VERSION,
        "mode": "onboard",
        "summary": summary,
        "answers": dataclasses.asdict(session.answers),
        "revision": None if judged is None else judged.tag,
        "shows_an_edge": None if judged is None else judged.shows_an_edge,
        "profiles": [dataclasses.asdict(row) for row in session.rows],
        "profile": choice.number,
        "fits": choice.fits,
        "why": choice.words,
        "against_live": dict(choice.against_live),
        "trades": session.trades,
        "file": {"path": str(near(file)), "state": session.state, "backup": session.backup and session.backup.name},
        "differing": session.differing,
        "secrets": session.secrets,
        "verdict": worst(session.findings) if session.findings else None,
        "findings": [dataclasses.asdict(one) for one in session.findings],
    }
