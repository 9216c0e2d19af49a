"""The door: `run.py mode=...` does one job; a bare `run.py` says which jobs there are."""

from __future__ import annotations

import sys
from pathlib import Path

CONF = Path(__file__).resolve().parent / "conf"


def main() -> int:
    """Exit code: 0 done, 1 the answer is no, 2 the input is wrong, 3 a fault, 130 stopped by Ctrl-C."""
    arguments = sys.argv[1:]
    if not arguments or {"-h", "--help"} & set(arguments):
        from novosky.modes.guide import guide

        sys.stdout.write(guide())
        return 0
    from novosky.modes.door import enter

    return enter(CONF, arguments)


if __name__ == "__main__":
    sys.exit(main())
