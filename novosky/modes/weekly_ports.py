"""What the week asks of the trader's side: is the terminal there, does the bot run, is somebody told?"""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

from novosky.config.schema import Config
from novosky.config.schema.notify import WEEKLY_REPORT, NotifyConfig
from novosky.errors import NovoskyError
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, promoted
from novosky.modes import trade
from novosky.modes.doctor import reach
from novosky.modes.outcome import DONE
from novosky.optimize.weekly.ports import FAIL, WARN, Check
from novosky.trading.doctor.examine import of_terminal
from novosky.trading.doctor.finding import Finding, refused
from novosky.trading.doctor.look import look
from novosky.trading.doctor.secrets import secrets
from novosky.trading.doctor.terms import terms_of
from novosky.trading.notices.connect import open_notifier
from novosky.trading.notices.notes import Notes

FLUSH_S = 30.0
BLOCKS = ("connection",)  # what else is amiss there stops a bot, not a search; markets are closed on Sundays


def look_at_terminal(config: Config) -> list[Check]:
    """What the doctor finds there; without a connection, or a secret that a notice needs, the week does not begin."""
    is_told = config.notify.kind != "none" and config.notify.urls_env is not None
    told = secrets([str(config.notify.urls_env)] if is_told else [])
    checks = [Check("notices: secrets", told.verdict, told.found, told.expected, told.mend)]
    try:
        terminal = reach(config)
    except NovoskyError as error:
        return [*checks, _check(refused("connection", "connected", error))]
    try:
        terms = terms_of(config)
        findings = list(of_terminal(terms, look(terminal, terms)))
    finally:
        terminal.shutdown()
    amiss = [one for one in findings if one.verdict in (FAIL, WARN) or one.name in BLOCKS]
    return checks + [_check(one) for one in amiss]


def _check(finding: Finding) -> Check:
    is_softer = finding.verdict == FAIL and finding.name not in BLOCKS
    verdict = WARN if is_softer else finding.verdict
    return Check(f"terminal: {finding.name}", verdict, finding.found, finding.expected, finding.mend)


def smoke(config: Config, folder: Path) -> str:
    """The bot on the simulated terminal, dry, over the first bars of `sweep`; NovoskyError where it does not get there.

    By the promoted revision where it is the set that stands, else by the working set.
    """
    bars = config.weekly.smoke_bars
    trial = replace(
        config,
        mode="trade",
        window="sweep",
        models=PROMOTED if _is_promoted(config) else "working",
        terminal=replace(config.terminal, kind="simulated", speed=0.0, replay_bars=bars + 1),
        trade=replace(config.trade, dry=True, ledger=None, kill_file=""),
        notify=NotifyConfig(kind="none"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "screen.txt").open("w", encoding="utf-8") as screen, redirect_stdout(screen):
        outcome = trade.run(trial, folder)
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    decided = int(result.get("bars_decided", 0))
    if outcome.exit_code != DONE or decided < 1:
        raise NovoskyError(f"the bot's dry run decided {decided} of {bars} bars: {result['summary']} See {folder}")
    return f"{decided} bars decided, dry, by the {trial.models} set: {result['revision']}"


def _is_promoted(config: Config) -> bool:
    """Whether the revision that trades holds the very models of the working set."""
    try:
        record = promoted(revision_places(config))
    except NovoskyError:
        return False
    return all(
        (Path(config.paths.train) / stage / "manifest.json").is_file()
        and (revision_places(config).folder(record.tag) / stage / "manifest.json").read_bytes()
        == (Path(config.paths.train) / stage / "manifest.json").read_bytes()
        for stage in record.facts["manifests"]
    )


def tell(config: Config, level: str, text: str) -> str:
    """Send the week's notice; NovoskyError where a service did not take it."""
    notifier = open_notifier(config.notify, "NOVOSKY weekly", Notes())
    notifier.notify(WEEKLY_REPORT, level, text)
    tally = notifier.close(FLUSH_S)
    if tally.failed or tally.dropped:
        raise NovoskyError("the notice was not taken by every service; see notify.urls_env, and try run.py mode=notify")
    return "sent" if tally.sent else "nobody is told: notify=none, or notify.events without weekly_report"
