"""`mode=trade`: the bot at a terminal; paper on the simulated one, over the bars of `window`."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

from novosky.backtest.ground import meaning
from novosky.backtest.result_file import SCHEMA_VERSION, write_json
from novosky.config.schema import Config
from novosky.errors import UserError
from novosky.features.build import feature_hash
from novosky.market.bars import utc_text
from novosky.models.bundle.bundle import Bundle, enabled_stages, load_bundle
from novosky.models.bundle.manifest import check_settings
from novosky.models.revision.places import revision_places
from novosky.models.revision.promoted import PROMOTED, models_root, promoted
from novosky.modes.blocks import fingerprints_block
from novosky.modes.outcome import ANSWER_IS_NO, DONE, ModeResult
from novosky.modes.screen import progress, say
from novosky.modes.trade_ports import Stage, live_stage, paper_stage
from novosky.modes.trade_result import show_trade, trade_result
from novosky.modes.volatile import volatile_block
from novosky.trading.bot.bot import REPLAY_OVER, Bot
from novosky.trading.bot.build import Ports, bot_name, build_bot, ledger_url
from novosky.trading.bot.operator import Operator, told_by
from novosky.trading.bot.session import Tell
from novosky.trading.doctor.examine import failing_part
from novosky.trading.doctor.finding import FAIL, Finding, worst
from novosky.trading.doctor.models import ModelSet
from novosky.trading.ledger.store import Ledger
from novosky.trading.notices.connect import open_notifier
from novosky.trading.notices.notes import Notes
from novosky.trading.telegram.commands import Commands
from novosky.trading.telegram.connect import listen

FLUSH_S = 10.0
NO_ALARM = ("signal", "trade.stop_after_bars", REPLAY_OVER, "stop by")  # how reasons begin that a person wanted


def run(config: Config, run_dir: Path) -> ModeResult:
    """Exit code 1 where a limit or the kill switch stopped it."""
    started = time.time()
    bundle, revision = _models(config)
    stage = (paper_stage if config.terminal.kind == "simulated" else live_stage)(config, bundle, started)
    url = ledger_url(config, run_dir)
    findings = _examined(config, stage, run_dir, bundle)
    if worst(findings) == FAIL:
        return _not_ready(config, findings, run_dir, started)
    with ExitStack() as stack:
        bot = _bot(config, bundle, revision, stage, url, stack)
        with _signals(bot), progress("trade") as report:
            reason = bot.run(lambda: report(f"{bot.bars_decided} bars", stage.share()))
        result = trade_result(config, bot, url, reason, run_dir)
    result["volatile"] = volatile_block(started)
    write_json(run_dir / "result.json", result)
    show_trade(result, bot, run_dir)
    return ModeResult(DONE if reason.startswith(NO_ALARM) else ANSWER_IS_NO)


def _models(config: Config) -> tuple[Bundle, str]:
    """The set that decides, verified, and the name that goes into every intent."""
    names = config.features.names
    root, tag = models_root(config), ""
    if config.models == PROMOTED:
        tag = promoted(revision_places(config)).tag
    bundle = load_bundle(root, enabled_stages(config.stage), names, feature_hash(names))
    for facts in bundle.facts.values():
        check_settings(facts, meaning(config))
    return bundle, tag or bundle.name[:12]


def _examined(config: Config, stage: Stage, run_dir: Path, bundle: Bundle) -> tuple[Finding, ...]:
    """The doctor's findings that do not pass, told."""
    stage.terminal.initialize()
    findings = failing_part(config, stage.terminal, run_dir, ModelSet(bundle=bundle))
    for finding in findings:
        say(f"{finding.verdict}  {finding.name}: found {finding.found}; {finding.mend}")
    return findings


def _not_ready(config: Config, findings: tuple[Finding, ...], run_dir: Path, started: float) -> ModeResult:
    failed = [finding.name for finding in findings if finding.verdict == FAIL]
    result = {
        "schema_version": SCHEMA_VERSION,
        "mode": "trade",
        "summary": f"Not started: {', '.join(failed)}. Everything that is checked: run.py mode=doctor",
        "findings": [asdict(finding) for finding in findings],
        "fingerprints": fingerprints_block(config),
        "volatile": volatile_block(started),
    }
    write_json(run_dir / "result.json", result)
    say(str(result["summary"]))
    return ModeResult(ANSWER_IS_NO)


def _bot(config: Config, bundle: Bundle, revision: str, stage: Stage, url: str, stack: ExitStack) -> Bot:
    """The bot with everybody who is told, and who may command."""
    name = bot_name(config, stage.login)
    notes, commands = Notes(), Commands()
    notifier = open_notifier(config.notify, name, notes)
    stack.callback(notifier.close, FLUSH_S)
    listener = listen(config.notify.telegram, commands, notes)
    if listener is not None:
        stack.callback(listener.stop, FLUSH_S)
    ledger = stack.enter_context(Ledger(url, name))
    if config.terminal.kind == "simulated" and ledger.state.number > 0:
        raise UserError(
            f"trade.ledger: expected one without rows of {name}, found {ledger.state.number}: a replay's account "
            "begins anew each time; give another file, or leave trade.ledger away for one in the run's own folder"
        )
    ports = Ports(stage.terminal, stage.clock, ledger, _heard(told_by(notifier), stage))
    bot = build_bot(config, bundle, stage.event_ms, revision, ports)
    bot.operator = Operator(bot.session, commands, notes, config.account.currency)
    bot.is_over, bot.calendar = stage.is_over, stage.calendar
    return bot


def _heard(tell: Tell, stage: Stage) -> Tell:
    """What the bot tells is on the screen, too; of a replay without time what somebody should know."""

    def heard(kind: str, level: str, text: str) -> None:
        if not stage.is_quick or level != "info":
            say(f"{utc_text(stage.clock.now_ms())}  {kind}: {text}")
        tell(kind, level, text)

    return heard


@contextmanager
def _signals(bot: Bot) -> Iterator[None]:
    """Ctrl-C and a service's stop end the cycle that is under way, then the bot; a second Ctrl-C ends it at once."""

    def stop(number: int, _: object) -> None:
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)
        bot.stop(f"signal {signal.Signals(number).name}")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
