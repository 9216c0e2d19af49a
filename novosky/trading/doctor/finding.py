"""What one check says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

PASS: Final = "pass"
WARN: Final = "warn"  # the bot may start; somebody should know
FAIL: Final = "fail"  # the bot may not start
VERDICTS: Final = (PASS, WARN, FAIL)


@dataclass(frozen=True, slots=True)
class Finding:
    """`mend` is empty where nothing is to be mended."""

    name: str
    verdict: str
    found: str
    expected: str
    mend: str = ""


def judged(name: str, found: object, expected: object, *, fail: str = "", warn: str = "") -> Finding:
    """A finding from its mends: one for `fail` fails, else one for `warn` warns, else it passes."""
    verdict = FAIL if fail else WARN if warn else PASS
    return Finding(name, verdict, str(found), str(expected), fail or warn)


def refused(name: str, expected: str, error: Exception) -> Finding:
    """From an error of the project's, whose message ends with the mend."""
    said = " ".join(str(error).split())
    found, _, mend = said.rpartition("; ")
    return Finding(name, FAIL, found or said, expected, mend if found else "see there")


def worst(findings: Iterable[Finding]) -> str:
    """The hardest verdict; PASS of nothing."""
    return max((finding.verdict for finding in findings), key=VERDICTS.index, default=PASS)
