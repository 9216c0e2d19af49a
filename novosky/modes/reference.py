"""docs/reference/modes.md: every mode, from the guide; `python -m novosky.modes.reference` writes it."""

from __future__ import annotations

from typing import NamedTuple

from novosky.config.registry import CONF
from novosky.config.walk import fields_by_name
from novosky.modes.guide import MODES

PAGE = CONF.parent / "docs" / "reference" / "modes.md"

HEAD = """\
# Every mode

<!-- written by: python -m novosky.modes.reference -->

`run.py mode=NAME` does one job, writes `outputs/runs/NAME/<time>-<pid>/` with `config.json` and `result.json`, and says
in a short table what came of it. Exit codes: 0 done; 1 the answer is no, as the table says; 2 the input is wrong, one
line; 3 a fault in the program or outside, one line and a traceback in a file; 130 stopped by Ctrl-C.
"""
TAIL = """
`experiment=quickstart` and `experiment=real_btcusd` choose `mode=run` with their own settings. `run.py -m` does a mode
once for each value of a key ([sweeps](../sweep.md)). `--cfg job` shows the configuration and runs nothing.
"""


class More(NamedTuple):
    """What the guide does not say of a mode."""

    sections: tuple[str, ...] = ()  # of the configuration, that this mode reads beside data, models and rules
    page: str = ""  # of the documentation
    extra: str = ""  # to install
    answer_is_no: str = ""


KNOWN = {
    "run": More(("windows", "report"), "results", "train"),
    "data": More(("data", "news"), "markets"),
    "train": More(("train", "stage", "labels", "windows"), "stages", "train"),
    "tune": More(("tune", "search"), "tune", "train, optimize"),
    "analyze": More(("analyze",), "analyze", "train, optimize"),
    "backtest": More(("prediction", "execution", "score", "report"), "results"),
    "sweep": More(("sweep",), "sweep"),
    "optimize": More(("optimize", "tune", "gate"), "optimize", "train, optimize"),
    "promote": More(("promote",), "revisions", "dvc", "something speaks against it, named"),
    "pull": More(("remote",), "revisions", "remote (S3 only)"),
    "revisions": More((), "revisions"),
    "trade": More(("trade", "terminal", "notify"), "trade", "", "the doctor finds what forbids trading"),
    "audit": More(("audit",), "audit", "train", "a check fails; a difference in a ledger is not explained"),
    "reproduce": More(("reproduce",), "reproduce", "train", "it did not come out again"),
    "compare": More(("compare",), "compare"),
    "monitor": More(("monitor",), "monitor", "", "a limit or a drift alarms"),
    "sync": More(("sync",), "sync", "", "the configurations differ"),
    "notify": More(("notify",), "notices", "notify", "`notify=none`: nobody is told"),
    "weekly": More(("weekly",), "weekly", "train, optimize", "kept but not promoted, or no budget left; it says why"),
    "onboard": More(("onboard",), "onboard", "", "written, but the doctor says not ready"),
    "dashboard": More(("dashboard",), "dashboard", "dashboard (web page)"),
    "agent": More(("agent",), "agent", "", "a step was refused, or failed"),
    "doctor": More(("doctor", "terminal"), "doctor", "", "not ready to trade"),
}


def modes_page() -> str:
    """The page, ready to be written."""
    rows = ["| mode | does | its own settings | extra | exit 1 means |", "|---|---|---|---|---|"]
    for name, what in MODES.items():
        more = KNOWN.get(name) or More((name,) if name in fields_by_name() else (), name)
        sections = ", ".join(f"[`{section}`](config.md#{section})" for section in more.sections)
        has_page = (PAGE.parents[1] / f"{more.page}.md").is_file()
        mode = f"[`{name}`](../{more.page}.md)" if has_page else f"`{name}`"
        cells = (mode, what.replace("|", "\\|"), sections, more.extra, more.answer_is_no)
        rows.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n" + "\n".join(rows) + "\n" + TAIL


if __name__ == "__main__":
    PAGE.write_text(modes_page(), encoding="utf-8")
    print(f"written: {PAGE}")  # noqa: T201 - this is what the command is for
