"""The commands in the documentation: where they stand, what is shown below them, and whether they can exist.

```sh holds commands, ```console commands after `$ ` with their output. `<!-- not run: reason -->` before a block says
why nobody can run it here; `# exit 1` after a command, that this is how it may end.
"""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "docs/**/*.md")
FENCE = re.compile(r"\s*```(\w*)\s*$")
MADE = re.compile(r"<!-- file: (\S+) -->\n```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r"\s*<!-- not run: (.+) -->\s*$")
LOOKS_LIKE_ONE = re.compile(
    r"(\$ |uv (run|sync|pip) |run\.py |python (-m|run\.py)|dvc (repro|add|push|pull)\b|git (add|clone)\b)"
)

SHELL = {
    "bash", "cat", "cd", "cp", "crontab", "echo", "eval", "export", "head", "kill", "ls", "mkdir", "mv", "pip",
    "printf", "rm", "sleep", "source", "sqlite3", "tail", "touch", "wandb",
}  # fmt: skip
SUBCOMMANDS = {
    "dvc": {"add", "checkout", "exp", "metrics", "params", "plots", "pull", "push", "remote", "repro", "status"},
    "git": {"add", "checkout", "clone", "commit", "diff", "init", "log", "push", "show", "status", "tag"},
    "systemctl": {"daemon-reload", "disable", "enable", "list-timers", "start", "status", "stop"},
    "journalctl": set(), "loginctl": {"enable-linger"}, "pre-commit": {"install", "run"}, "ruff": {"check", "format"},
    "mypy": set(), "pytest": set(), "sphinx-build": set(),
}  # fmt: skip
UV = {"add", "lock", "pip", "run", "sync", "venv"}


@dataclass
class Command:
    """One line that a reader types; `shown` is what a console block prints below it."""

    page: str
    line: int
    text: str
    not_run: str | None
    block: int  # first line of the block that it is in
    shown: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def may_exit(self) -> tuple[int, ...]:
        """How it may end, as its comment says: 0, and what `exit N` adds."""
        return (0, *(int(code) for code in re.findall(r"#.*?\bexit (\d)", self.text)))


def pages() -> list[Path]:
    return sorted({file for pattern in PAGES for file in ROOT.glob(pattern) if "evidence" not in file.parts})


def files(page: Path) -> dict[str, str]:
    """What the page asks its reader to write: `<!-- file: PATH -->` before a block, the block is the file."""
    return dict(MADE.findall(page.read_text(encoding="utf-8")))


def commands(page: Path) -> list[Command]:
    """Every command of the page, in order. Raises ValueError for one that stands in no block of its kind."""
    found: list[Command] = []
    for start, kind, lines, reason in _blocks(page):
        for number, text in _joined(start, lines, kind):
            name = str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name
            if text.startswith("$ ") if kind == "console" else text.strip() and not text.startswith("#"):
                found.append(
                    Command(name, number, text.removeprefix("$ ") if kind == "console" else text, reason, start)
                )
            elif kind == "console" and found:
                found[-1].shown.append(text)
    return found


def _blocks(page: Path) -> Iterator[tuple[int, str, list[str], str | None]]:
    """First line, kind, lines and reason of each sh and console block."""
    kind, reason, start, lines = "", None, 0, []
    for number, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        fence = FENCE.match(text)
        if fence and not kind:
            kind, start, lines = fence[1] or "text", number + 1, []
        elif fence:
            if kind in ("sh", "console"):
                yield start, kind, lines, reason
            kind, reason = "", None
        elif kind:
            lines.append(text.strip() if kind == "sh" else text)
            if kind not in ("sh", "console", "python", "yaml", "ini") and LOOKS_LIKE_ONE.match(text):
                raise ValueError(f"{page.name}:{number}: a command in a block of {kind}; make it ```sh or ```console")
        elif marked := NOT_RUN.match(text):
            reason = marked[1]
        elif text.startswith("    ") and LOOKS_LIKE_ONE.match(text.strip()):
            raise ValueError(f"{page.name}:{number}: a command without a fence; put it between ```sh and ```")
        elif text.strip():
            reason = None


def _joined(start: int, lines: Sequence[str], kind: str) -> Iterator[tuple[int, str]]:
    """Lines by number; one that ends with a backslash takes the next."""
    waiting, first = "", start
    for number, text in enumerate(lines, start):
        first = first if waiting else number
        if text.endswith("\\") and (kind == "sh" or waiting or text.startswith("$ ")):
            waiting += text[:-1]
            continue
        yield first, waiting + text
        waiting = ""


def words_of(text: str) -> list[list[str]]:
    """The simple commands of a line, each as its words; redirections, assignments and comments left out."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars="&|;<>")
    lexer.whitespace_split = True
    parts: list[list[str]] = [[]]
    skip = False
    for word in lexer:
        if skip:
            skip = False
        elif set(word) <= set("&|;"):
            parts.append([])
        elif set(word) <= set("<>"):
            skip = True
            if parts[-1] and parts[-1][-1].isdigit():
                parts[-1].pop()
        elif parts[-1] or not re.match(r"[A-Z_]+=", word):
            parts[-1].append(word)
    return [part for part in parts if part]


def run_arguments(words: Sequence[str]) -> list[str] | None:
    """What is typed after run.py; None for another program."""
    words = words[_after_uv_run(words) :] if words[:2] == ["uv", "run"] else words
    words = words[1:] if words[:1] == ["python"] else words
    return list(words[1:]) if words[:1] in (["run.py"], ["./run.py"]) else None


def _after_uv_run(words: Sequence[str]) -> int:
    place = 2
    while place < len(words) and words[place].startswith("-"):
        place += 2 if words[place] in ("--extra", "--python", "--project", "--directory") else 1
    return place


def fault(words: Sequence[str]) -> str | None:
    """What is wrong with a program's name, subcommand, extra or option; None where nothing is (run.py is not asked)."""
    program = words[0]
    if program == "uv":
        return _fault_of_uv(words)
    if program in SUBCOMMANDS:
        known, given = SUBCOMMANDS[program], [word for word in words[1:] if not word.startswith("-")]
        return f"{program} {given[0]}: unknown" if known and (not given or given[0] not in known) else None
    if program == "python":
        return _fault_of_python(words[1:])
    if program in ("run.py", "./run.py"):
        return None if (ROOT / "run.py").is_file() else "no run.py"
    if program == "bash" and len(words) > 1 and not words[1].startswith("-"):
        return None if (ROOT / words[1]).is_file() else f"{words[1]}: no such file"
    return None if program in SHELL else f"{program}: unknown program"


def _fault_of_uv(words: Sequence[str]) -> str | None:
    if len(words) < 2 or words[1] not in UV:
        return f"uv {' '.join(words[1:2])}: unknown"
    for place, word in enumerate(words):
        if word == "--extra" and words[place + 1] not in extras():
            return f"--extra {words[place + 1]}: pyproject.toml has no such extra"
    if words[1] != "run":
        return None
    inner = words[_after_uv_run(words) :]
    return fault(inner) if inner else "uv run: nothing to run"


def _fault_of_python(words: Sequence[str]) -> str | None:
    if words[:1] != ["-m"]:
        return None if words and (ROOT / words[0]).is_file() else f"python {' '.join(words[:1])}: no such file"
    module, rest = words[1], words[2:]
    if find_spec(module) is None:
        return f"python -m {module}: no such module"
    if module not in ("campaigns", "benchmarks"):
        return None
    source = (ROOT / module / "__main__.py").read_text(encoding="utf-8")
    names = set(re.findall(r'^    "(\w+)":|"(\w+)"', source, re.MULTILINE))
    known = {name for pair in names for name in pair} | {f"planted_{n}" for n in (2, 4, 8)}
    for word in rest:
        if word.startswith("--") and f'"{word}"' not in source:
            return f"python -m {module} {word}: unknown option"
    first = next((word for word in rest if not word.startswith("-")), None)
    return f"python -m {module} {first}: unknown" if first is not None and first not in known else None


@cache
def extras() -> frozenset[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return frozenset(project["project"]["optional-dependencies"])
