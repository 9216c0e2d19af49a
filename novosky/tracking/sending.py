"""Offline runs of W&B to its server: asked first whether it answers, then `wandb sync` with a deadline.

`wandb sync` by itself tries a dead server for hours.
"""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from novosky.config.schema.tracker import TrackerConfig

PROBE_S = 5.0


def why_not(base_url: str) -> str | None:
    """Why the server will take nothing now; None where it answers."""
    try:
        with urllib.request.urlopen(f"{base_url.rstrip('/')}/graphql", timeout=PROBE_S):
            return None
    except urllib.error.HTTPError as answer:  # 4xx: it is there, and wants a key or a query
        return None if answer.code < 500 else f"{base_url} answers {answer.code}"
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return f"{base_url} does not answer ({getattr(reason, 'strerror', None) or reason})"


def send(config: TrackerConfig, folder: Path, run_dir: Path) -> str | None:
    """Send one offline run; why it was not sent, or None. What was not sent stays as it was."""
    environment = {**os.environ, "WANDB_BASE_URL": config.base_url, "WANDB_DIR": str(run_dir), "WANDB_SILENT": "false"}
    if (secret := os.environ.get(config.api_key_env)) is not None:
        environment["WANDB_API_KEY"] = secret
    command = [sys.executable, "-m", "wandb", "sync", "--yes", str(folder)]
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
            timeout=config.timeout_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"{config.base_url} took longer than tracker.timeout_s={config.timeout_s:g}"
    except OSError as error:
        return f"wandb sync could not start ({error.strerror})"
    if done.returncode == 0:
        return None
    lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    said = lines[-1].strip() if lines else f"exit code {done.returncode}"
    return said.replace(secret, "***") if secret else said
