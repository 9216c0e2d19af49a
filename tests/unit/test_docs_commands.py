"""Every command block of the documentation: known programs, existing targets, settings that the edge accepts."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from campaigns.doc_commands import ROOT, Command, commands, fault, files, pages, run_arguments, words_of
from novosky.config.arguments import read_arguments
from novosky.config.overrides import checked_overrides
from novosky.config.values import check_value
from novosky.config.walk import fields_by_name
from novosky.errors import ConfigError
from novosky.modes.door import refuse_early

NOT_RUN_AT_MOST = 0.5


@pytest.fixture(scope="module")
def everything() -> list[Command]:
    return [command for page in pages() for command in commands(page)]


@pytest.fixture(scope="module")
def conf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of settings, with the files that pages ask their readers to write."""
    root = tmp_path_factory.mktemp("tree")
    shutil.copytree(ROOT / "conf", root / "conf", ignore=shutil.ignore_patterns("local"))
    for page in pages():
        for name, text in files(page).items():
            if name.startswith("conf/"):
                (root / name).write_text(text, encoding="utf-8")
    return root / "conf"


def typed(everything: list[Command]) -> dict[tuple[str, ...], Command]:
    """What is typed after run.py -> where, each once."""
    found = {}
    for command in everything:
        for words in words_of(command.text):
            if arguments := run_arguments(words):
                found.setdefault(tuple(arguments), command)
    return found


def as_shown(refusal: str, command: Command) -> bool:
    """Whether the page shows this refusal, whole or its beginning."""
    shown = " ".join(" ".join(command.shown).split())
    return len(shown) > 10 and (shown in refusal or refusal in shown)


def test_every_program_and_target_exists(everything: list[Command]) -> None:
    assert len(everything) > 100
    wrong = [f"{c.place}: {found}" for c in everything for words in words_of(c.text) if (found := fault(words))]
    assert wrong == []


def test_every_key_option_and_value_is_known(everything: list[Command], conf: Path) -> None:
    wrong = []
    for arguments, command in typed(everything).items():
        try:
            asked = read_arguments(conf, arguments)
            for override in asked.overrides:
                name, _, value = override.partition("=")
                rule = fields_by_name().get(name)
                if rule is not None and rule.metadata and rule.metadata["choices"] and value.isalnum():
                    check_value(name, rule.metadata, value)
        except ConfigError as refusal:
            if not as_shown(str(refusal), command):
                wrong.append(f"{command.place}: {refusal}")
    assert wrong == []


def test_the_longest_command_of_every_mode_passes_the_whole_edge(everything: list[Command], conf: Path) -> None:
    """Composed and checked as it would be before a job; `python -m campaigns docs` does so with all, and runs them."""
    longest: dict[str, tuple[tuple[str, ...], Command]] = {}
    for arguments, command in typed(everything).items():
        mode = next((word for word in arguments if word.startswith(("mode=", "experiment="))), "")
        if "-m" not in arguments and len(arguments) > 1 and len(arguments) > len(longest.get(mode, ((), command))[0]):
            longest[mode] = (arguments, command)
    wrong = []
    for arguments, command in longest.values():
        try:
            if (asked := read_arguments(conf, arguments)).runs:
                refuse_early(conf, asked)
        except ConfigError as refusal:
            if not as_shown(str(refusal), command):
                wrong.append(f"{command.place}: {refusal}")
    assert wrong == []


def test_what_is_not_run_says_why_and_is_the_smaller_part(everything: list[Command]) -> None:
    not_run = [command for command in everything if command.not_run]
    assert all(len(str(command.not_run)) > 10 for command in not_run)
    assert len(not_run) < NOT_RUN_AT_MOST * len(everything)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("```text\nuv run run.py mode=train\n```\n", "page.md:2: a command in a block of text"),
        ("```\n$ run.py mode=train\n```\n", "page.md:2: a command in a block of text"),
        ("words\n\n    run.py mode=train\n", "page.md:3: a command without a fence"),
    ],
)
def test_a_command_outside_a_command_block_is_refused(tmp_path: Path, text: str, where: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(ValueError, match=where):
        commands(page)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("uv run --extra trian run.py mode=train", "--extra trian: pyproject.toml has no such extra"),
        ("python -m campaigns plantd_8", "python -m campaigns plantd_8: unknown"),
        ("python -m campaigns core --sedes 3", "python -m campaigns --sedes: unknown option"),
        ("python -m novosky.nothing", "python -m novosky.nothing: no such module"),
        ("dvc rpro", "dvc rpro: unknown"),
        ("cd x && frobnicate y", "frobnicate: unknown program"),
    ],
)
def test_a_wrong_program_is_named(text: str, said: str) -> None:
    assert [found for words in words_of(text) if (found := fault(words))] == [said]


def test_blocks_are_read_with_reasons_continuations_and_output(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- not run: needs Windows -->\n```sh\nuv run run.py mode=trade \\\n  profile=2  # exit 1: not ready\n```\n"
        "\n```console\n$ A=b uv run python run.py mode=backtst > x\nshown here\n```\n"
    )
    first, second = commands(page)
    assert (first.line, first.not_run, first.may_exit) == (3, "needs Windows", (0, 1))
    assert run_arguments(words_of(first.text)[0]) == ["mode=trade", "profile=2"]
    assert (second.not_run, second.shown, second.may_exit) == (None, ["shown here"], (0,))
    assert run_arguments(words_of(second.text)[0]) == ["mode=backtst"]
    with pytest.raises(ConfigError, match="did you mean backtest"):
        checked_overrides(ROOT / "conf", ["mode=backtst"])
