"""The settings that another tree gives to the same command: another checkout's `conf/`, or that of a git revision."""

from __future__ import annotations

import io
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from omegaconf import OmegaConf

from novosky.config.compose import VERSION_BASE
from novosky.config.edge import typed
from novosky.config.fingerprint import SAME_RESULT
from novosky.config.overrides import checked_overrides
from novosky.config.refusals import REFUSALS, as_config_error
from novosky.config.schema import Config
from novosky.config.store import register
from novosky.errors import ConfigError

GIT = "git:"
GIT_TIMEOUT_S = 60.0


def compose_elsewhere(conf: Path, overrides: Sequence[str], own: Config, called: str) -> Config:
    """What the tree at `conf` gives to these overrides, by this version's schema; `called` names it in a refusal.

    What leaves every result as it is (paths, reports, what to do) is taken from `own`: the other tree may be older
    than such a key. Raises ConfigError where it does not compose.
    """
    register()
    kept = [one for one in overrides if one.split("=")[0].split(".")[0] not in SAME_RESULT]
    try:
        accepted = checked_overrides(conf, [*kept, "mode=backtest"])
        with _hydra_set_aside(), initialize_config_dir(config_dir=str(conf), version_base=VERSION_BASE):
            tree = OmegaConf.to_container(compose("config", overrides=accepted), resolve=False)
        assert isinstance(tree, dict)
        mine = asdict(own)
        return typed(OmegaConf.create({**tree, **{name: mine[name] for name in SAME_RESULT}}))
    except (ConfigError, *REFUSALS) as error:
        said = error if isinstance(error, ConfigError) else as_config_error(error)
        raise ConfigError(f"{called}: does not compose with this version: {said}") from None


@contextmanager
def conf_of(against: str, root: Path) -> Iterator[Path]:
    """The tree of another checkout (its folder), or of a revision of the one at `root` (git:REVISION)."""
    if not against.startswith(GIT):
        yield Path(against).resolve() / "conf"
        return
    with tempfile.TemporaryDirectory(prefix="novosky-conf-") as folder:
        with tarfile.open(fileobj=io.BytesIO(_archive(root, against.removeprefix(GIT)))) as archive:
            archive.extractall(folder, filter="data")
        yield Path(folder).resolve() / "conf"


def _archive(root: Path, revision: str) -> bytes:
    """`conf/` as it was committed, as a tar file. Raises ConfigError where git has no such thing."""
    if not revision or revision.startswith("-"):
        raise ConfigError(f"sync.against={GIT}{revision}: expected a commit, branch or tag after {GIT}")
    command = ["git", "-C", str(root), "archive", "--format=tar", revision, "conf"]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=GIT_TIMEOUT_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"sync.against={GIT}{revision}: git could not be asked ({error})") from None
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())
        raise ConfigError(
            f"sync.against={GIT}{revision}: git has no conf/ of that revision in {root} ({said}); git log shows those "
            "that it has"
        )
    return done.stdout


@contextmanager
def _hydra_set_aside() -> Iterator[None]:
    """Inside a job Hydra holds one tree and refuses a second."""
    state = GlobalHydra.instance()
    held, state.hydra = state.hydra, None
    try:
        yield
    finally:
        GlobalHydra.instance().hydra = held
