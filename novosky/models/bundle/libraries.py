"""The training libraries, imported only by those who train or load their models."""

from __future__ import annotations

import ctypes
import importlib
import os
import sys
from types import ModuleType

import numba
import numpy as np

from novosky.errors import ConfigError

_VOTER_LIBRARY = {"forest": "sklearn", "xgboost": "xgboost", "lightgbm": "lightgbm"}


def training_library(name: str) -> ModuleType:
    """The module `name`; a ConfigError with the mend when the `train` extra is not installed.

    GNU OpenMP reads its settings when the library is loaded. By default its threads spin while they wait for one
    another; beside any other work on the machine that turned a training of 2 s into one of 60 s, while 1000 turns cost
    nothing on an idle machine. The user's own setting rules.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ConfigError(
            f"this needs the library {name}, which cannot be imported ({error}); install it: uv sync --extra train"
        ) from error


def library_versions(voters: tuple[str, ...]) -> dict[str, str]:
    """Versions of what trained these voters and of what decides by them, by library name."""
    names = sorted({_VOTER_LIBRARY[voter] for voter in voters})
    return runtime_versions() | {name: str(training_library(name).__version__) for name in names}


def runtime_versions() -> dict[str, str]:
    """Versions of what the compiled trees' numbers depend on, by library name."""
    return {"numba": numba.__version__, "numpy": np.__version__}


def training_device(asked: str) -> str:
    """`cpu` or `cuda` for the asked `auto`, `cpu` or `cuda`; only XGBoost makes use of a GPU.

    Asking the driver costs milliseconds; letting a training fail on a machine without a GPU costs a run.
    """
    if asked == "cpu":
        return "cpu"
    built = bool(training_library("xgboost").build_info().get("USE_CUDA"))
    found = _cuda_devices() if built else 0
    if built and found:
        return "cuda"
    if asked == "cuda":
        reason = "no CUDA device answers" if built else "this build of xgboost has no CUDA"
        mend = "check the driver (nvidia-smi)" if built else "install it: uv sync --extra cuda"
        raise ConfigError(f"device=cuda was asked for, but {reason}; {mend}, or set device=cpu")
    return "cpu"


def _cuda_devices() -> int:
    """CUDA devices that the driver counts; 0 without a driver."""
    try:
        driver = ctypes.CDLL("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int(0)
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0
    return count.value
