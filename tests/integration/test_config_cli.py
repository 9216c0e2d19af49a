"""The real command, typed in a shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from novosky.config.schema import MODES

RUN = Path(__file__).resolve().parents[2] / "run.py"


def run(cwd: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(RUN), *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize("arguments", [(), ("--help",), ("mode=train", "-h")])
def test_guide(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shown = run(tmp_path, *arguments)
    assert shown.returncode == 0
    assert shown.stdout.startswith("NOVOSKY trains, checks and trades")
    for word in ("run.py experiment=quickstart", "run", "data", "train", "backtest", "--cfg job", "--hydra-help"):
        assert word in shown.stdout
    assert max(map(len, shown.stdout.splitlines())) <= 120
    assert list(tmp_path.iterdir()) == []


def test_bare_guide_imports_no_library() -> None:
    code = f"import runpy, sys; sys.argv = ['run.py']\ntry: runpy.run_path({str(RUN)!r}, run_name='__main__')\n"
    code += "except SystemExit: print(*sorted({name.split('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=RUN.parent)
    modules = set(loaded.stdout.splitlines()[-1].split())
    assert "novosky" in modules
    assert modules.isdisjoint({"hydra", "omegaconf", "yaml", "numpy", "numba", "polars", "sklearn", "lightgbm", "rich"})


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("mode=backtst",),
            f"mode=backtst: unknown option; expected one of {', '.join(sorted(MODES))}; did you mean backtest?\n",
        ),
        (("mode=run", "labels.horizn_bars=3"), "labels.horizn_bars: unknown key; did you mean labels.horizon_bars?"),
        (
            ("experiment=real_btcusd",),
            "data.path: required with data.source=parquet, but not given; add data.path=<file>",
        ),
        (
            ("-m", "mode=run", "labels.sl_atr=interval(1,2)"),
            "BasicSweeper does not support sweep type : INTERVAL_SWEEP",
        ),
    ],
)
def test_refusal_is_one_line_and_exit_2(tmp_path: Path, arguments: tuple[str, ...], line: str) -> None:
    refused = run(tmp_path, *arguments)
    assert refused.returncode == 2
    assert refused.stderr.startswith(line)  # launchers follow by what is installed
    assert refused.stderr.endswith("\n")
    assert refused.stderr.count("\n") == 1
    assert "Traceback" not in refused.stdout


def test_a_launcher_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    refused = run(tmp_path, "mode=run", "hydra/launcher=ray")
    line = "In 'hydra/config': Could not find 'hydra/launcher/ray' Available options in 'hydra/launcher': basic"
    assert refused.returncode == 2
    assert refused.stderr.startswith(line)  # and the plugins that are installed
    assert refused.stderr.count("\n") == 1


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_tab_completes_as_the_documentation_says() -> None:
    """Bash itself, asked for the words that it would offer."""
    script = """
        eval "$(python run.py -sc install=bash)"
        COMP_WORDS=(python run.py mode=back); COMP_CWORD=2; COMP_LINE="${COMP_WORDS[*]}"; COMP_POINT=${#COMP_LINE}
        hydra_bash_completion
        echo "${COMPREPLY[@]}"
    """
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["bash", "-c", script], cwd=RUN.parent, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("mode=backtest\n", "")
