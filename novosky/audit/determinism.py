"""Same seed, same bytes: two new processes with other hash seeds and thread counts, from the same settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path

from novosky.audit.finding import FAIL, PASS, Finding
from novosky.audit.subject import Subject
from novosky.config.schema import Config
from novosky.errors import NovoskyError

MEND = "seed every random choice from `seed`, iterate over sorted names, and sum in one order whatever the threads"


def determinism(subject: Subject) -> Finding:
    """Features, labels, a small model and decisions."""
    threads = subject.config.threads
    runs = ((1, 1), (4242, threads + 1))  # hash seed, threads
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(len(runs)) as pool:
        jobs = [pool.submit(digests_of, subject.config, *run, Path(folder) / str(run[0])) for run in runs]
        first, second = (job.result() for job in jobs)
    return judge_digests(first, second, f"hash seeds {runs[0][0]} and {runs[1][0]}, 1 and {threads + 1} threads")


def judge_digests(first: Mapping[str, str], second: Mapping[str, str], runs: str) -> Finding:
    unequal = [what for what in first if first[what] != second.get(what)]
    if unequal:
        return Finding(FAIL, f"{', '.join(unequal)} differ between two processes", runs, MEND, {"differ": unequal})
    return Finding(PASS, f"{', '.join(first)} are the same bytes in two processes: {runs}", details=dict(first))


def digests_of(
    config: Config, hash_seed: int, threads: int, cache: Path, imports: Sequence[str] = ()
) -> dict[str, str]:
    """What `novosky.audit.digests` says in a process of its own; `imports` are modules that it loads first."""
    own = replace(config, threads=threads, paths=replace(config.paths, cache=str(cache)))
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "OMP_NUM_THREADS": str(threads)}
    done = subprocess.run(
        [sys.executable, "-m", "novosky.audit.digests"],
        input=json.dumps({"config": asdict(own), "imports": list(imports)}),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise NovoskyError(f"audit: the process that computes digests failed: {done.stderr.strip()[-500:]}")
    found: dict[str, str] = json.loads(done.stdout)
    return found
