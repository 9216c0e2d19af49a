"""Who holds a lock, and whether that process still lives."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_PROC = Path("/proc")


@dataclass(frozen=True)
class Owner:
    """A process: its number alone may have been given to another since, so its start is kept, too."""

    pid: int
    host: str
    started: str  # boot and clock ticks at its start; empty where the system does not tell
    since_ms: int  # epoch ms at which it took the lock

    @classmethod
    def this_process(cls) -> Owner:
        """The process that asks."""
        return cls(os.getpid(), socket.gethostname(), started(os.getpid()) or "", int(time.time() * 1000))

    @classmethod
    def read(cls, content: Any) -> Owner:
        """From parsed JSON; TypeError or ValueError where it is no owner."""
        owner = cls(**content)
        if not isinstance(owner.pid, int) or not isinstance(owner.since_ms, int) or owner.pid <= 0:
            raise ValueError(f"pid {owner.pid}, since_ms {owner.since_ms}")
        return owner

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    @property
    def lives(self) -> bool:
        """False only when it is sure that the process is gone; of another host nothing is known."""
        if self.host != socket.gethostname():
            return True
        if not _exists(self.pid):
            return False
        now = started(self.pid)
        return now is None or not self.started or now == self.started

    def __str__(self) -> str:
        age_s = max(0, int(time.time() - self.since_ms / 1000))
        return f"process {self.pid} on {self.host}, {_age(age_s)} old"


def started(pid: int) -> str | None:
    """Boot and start of a process in clock ticks since then; None where there is no /proc or no such process.

    Field 22 of /proc/<pid>/stat (man 5 proc); the name in brackets before it may hold spaces and brackets itself.
    """
    try:
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return f"{(_PROC / 'sys/kernel/random/boot_id').read_text().strip()}:{fields[19]}"
    except (OSError, IndexError):
        return None


def _exists(pid: int) -> bool:
    if os.name == "nt":
        return _exists_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return not _is_zombie(pid)


def _is_zombie(pid: int) -> bool:
    try:
        return (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (OSError, IndexError):
        return False


def _exists_on_windows(pid: int) -> bool:
    """os.kill would end it there, so the list of processes is asked."""
    import subprocess

    command = ["tasklist", "/FI", f"PID eq {pid}", "/NH", "/FO", "CSV"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.returncode != 0 or f'"{pid}"' in answer.stdout


def _age(seconds: int) -> str:
    for unit, length_s in (("days", 86_400), ("hours", 3_600), ("minutes", 60)):
        if seconds >= 2 * length_s:
            return f"{seconds // length_s} {unit}"
    return f"{seconds} s"
