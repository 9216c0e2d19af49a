"""What modes show on the screen: progress on stderr, short tables on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

Report = Callable[[str, float], None]


def say(text: str) -> None:
    """A line on stdout, as it is."""
    Console(highlight=False, soft_wrap=True).print(text, markup=False)


def show_table(title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Two columns: what, and how much."""
    table = Table(title=title, title_justify="left", show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True, style="bold")
    table.add_column(overflow="fold")
    for what, value in rows:
        table.add_row(what, value)
    Console(highlight=False).print(table)


def show_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table of many columns, the first one to the left."""
    table = Table(box=None, pad_edge=False, header_style="")
    for place, name in enumerate(header):
        table.add_column(name, no_wrap=True, justify="left" if place == 0 else "right")
    for row in rows:
        table.add_row(*row)
    Console(highlight=False).print(table)


def near(path: Path) -> Path:
    """The path as the user would type it: relative where it lies below the current folder."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """A progress bar with the time left; silent where stderr is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=1.0)

        def report(text: str, share: float) -> None:
            bar.update(task, description=f"{title}: {text}", completed=share)

        yield report
