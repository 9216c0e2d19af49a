"""The signal stage's answers, kept on disk: the same model on the same rows is asked once.

A file's name is a hash of all that decides its content; its first bytes are a hash of the rest, so that a damaged file
is noticed and computed again. The folder may be emptied at any time.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from contextlib import suppress
from functools import cache
from importlib.resources import files
from pathlib import Path

import numba
import numpy as np

from novosky.market.bars import Floats
from novosky.models.classes import Inputs
from novosky.models.stages.signal import SignalModel

KEEP_FILES = 20
DIGEST_BYTES = 32
SUFFIX = ".predictions"

log = logging.getLogger(__name__)


def predicted(model: SignalModel, manifest_hash: str, x: Inputs, threads: int, folder: Path) -> Floats:
    """`model.predict_all(x)`, (voters, n, 3), from `folder` where it lies there, bit by bit the same.

    `manifest_hash` names the model and all its files. A model that answers otherwise than its compiled trees (the
    original's load order) is always asked itself. What cannot be written is announced and changes no answer.
    """
    if type(model) is not SignalModel:
        return model.predict_all(x, threads)
    file = folder / (_key(x, manifest_hash) + SUFFIX)
    found = _read(file)
    if found is None:
        found = model.predict_all(x, threads)
        _write(file, found)
    return found


def _key(x: Inputs, manifest_hash: str) -> str:
    digest = hashlib.sha256(f"{manifest_hash} {_code_hash()} {x.dtype.str} {x.shape}".encode())
    digest.update(np.ascontiguousarray(x).data)
    return digest.hexdigest()


@cache
def _code_hash() -> str:
    """Of the code that turns rows into probabilities: answers of yesterday's trees are not today's."""
    digest = hashlib.sha256(f"numba {numba.__version__} numpy {np.__version__}".encode())
    sources = [file for file in files("novosky.models.trees").iterdir() if file.name.endswith(".py")]
    for file in sorted(sources, key=lambda file: file.name):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _read(file: Path) -> Floats | None:
    """The answers in a file, marked as used; None where it is missing or damaged."""
    try:
        content = file.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content[DIGEST_BYTES:]).digest() != content[:DIGEST_BYTES]:
        log.warning("%s was damaged; its predictions are computed again", file)
        return None
    answers: Floats = np.load(io.BytesIO(content[DIGEST_BYTES:]), allow_pickle=False)
    with suppress(OSError):  # another run may just have removed it
        os.utime(file)
    return answers


def _write(file: Path, answers: Floats) -> None:
    buffer = io.BytesIO()
    np.save(buffer, answers, allow_pickle=False)
    content = buffer.getvalue()
    partial = file.with_name(f"partial-{os.getpid()}-{file.name}")  # left behind by a crash, it ages with the others
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(hashlib.sha256(content).digest() + content)
        os.replace(partial, file)
        _remove_oldest(file.parent)
    except OSError as error:
        log.warning("predictions are not kept in %s: %s", file.parent, error.strerror)


def _remove_oldest(folder: Path) -> None:
    """Keep the files that were used last."""
    kept = sorted(folder.glob(f"*{SUFFIX}"), key=lambda file: (file.stat().st_mtime_ns, file.name), reverse=True)
    for file in kept[KEEP_FILES:]:
        file.unlink(missing_ok=True)
