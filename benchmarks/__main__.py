"""`python -m benchmarks [execution|features|inference|chain|startup|sweep|...]`; all of them if none is named."""

from __future__ import annotations

import argparse
import platform

from benchmarks import bot, chain, execution, features, inference, new_bar, quickstart, startup, sweep

BENCHMARKS = {
    "execution": execution.run,
    "features": features.run,
    "inference": inference.run,
    "new_bar": new_bar.run,
    "bot": bot.run,
    "chain": chain.run,
    "startup": startup.run,
    "sweep": sweep.run,
    "quickstart": quickstart.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    names = parser.parse_args().names or list(BENCHMARKS)
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        parser.error(f"unknown benchmark {unknown[0]}; expected one of {', '.join(BENCHMARKS)}")
    print(f"{platform.machine()}, Python {platform.python_version()}")
    for name in names:
        print(f"\n{name}")
        for what, figure in BENCHMARKS[name]():
            print(f"  {what:<58} {figure}")


if __name__ == "__main__":
    main()
