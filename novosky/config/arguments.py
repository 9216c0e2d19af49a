"""The command line taken apart: overrides, and the few flags of Hydra that are of use here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from novosky.config.overrides import checked_overrides
from novosky.errors import ConfigError

SHELLS = ("bash", "fish", "zsh")
REFUSED_FLAGS = ("config_path", "config_name", "config_dir", "experimental_rerun")


@dataclass(frozen=True, slots=True)
class Arguments:
    """What was asked for.

    for_hydra: the arguments as Hydra may have them; overrides: those of the form key=value; runs: False when the
    flags only show something; local_ignored: whether `conf/local` is there and left out.
    """

    for_hydra: list[str]
    overrides: list[str]
    multirun: bool
    runs: bool
    local_ignored: bool = False


def read_arguments(conf: Path, arguments: Sequence[str]) -> Arguments:
    """Take the command line apart and check its overrides.

    Raises ConfigError for an unknown flag, for one that would bring settings from elsewhere, and for what
    `checked_overrides` refuses.
    """
    parser = get_args_parser()
    parser.error = _refuse  # type: ignore[method-assign]
    flags = parser.parse_intermixed_args(list(arguments))
    for name in REFUSED_FLAGS:
        if getattr(flags, name) is not None:
            raise ConfigError(
                f"--{name.replace('_', '-')}: settings live in conf/ alone; write conf/experiment/<name>.yaml"
            )
    if flags.shell_completion:  # install=bash is no setting, and half a word is no mistake
        _check_completion(flags.overrides)
        return Arguments(list(arguments), [], multirun=False, runs=False)
    checked = checked_overrides(conf, flags.overrides, flags.multirun)
    flag_words = [word for word in arguments if word not in flags.overrides]
    shows = flags.cfg or flags.info or flags.hydra_help
    return Arguments([*flag_words, *checked], checked, flags.multirun, not shows)


def _check_completion(words: Sequence[str]) -> None:
    allowed = [f"{verb}={shell}" for verb in ("install", "uninstall", "query") for shell in SHELLS]
    if len(words) != 1 or words[0] not in allowed:
        raise ConfigError(f"-sc {' '.join(words)}: expected one of {', '.join(allowed[: 2 * len(SHELLS)])}")


def _refuse(message: str) -> NoReturn:
    raise ConfigError(f"{message}; run.py --help shows the flags")
