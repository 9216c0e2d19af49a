"""Exported models run by ONNX Runtime, for inspection and comparison; trading needs neither."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import numpy as np

from novosky.errors import ConfigError, ModelCompatibilityError
from novosky.market.bars import Floats
from novosky.models.classes import Inputs


def run_onnx(content: bytes, threads: int = 1) -> Callable[[Inputs], Floats]:
    """A function from inputs (n, features) to the model's one answer, on the CPU.

    Raises `ConfigError` without the runtime, `ModelCompatibilityError` when this version of it cannot run the model.
    """
    try:
        runtime = importlib.import_module("onnxruntime")
    except ImportError as error:
        raise ConfigError(
            f"this needs the library onnxruntime, which cannot be imported ({error}); install it: uv sync --extra onnx"
        ) from error
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4  # what it has to say comes as an exception too
    try:
        session = runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions have no common class of their own
        raise ModelCompatibilityError(
            f"expected an ONNX model that onnxruntime {runtime.__version__} can run, found: {str(error).strip()}; "
            "upgrade it: uv sync --extra onnx"
        ) from error

    def predict(x: Inputs) -> Floats:
        (answer,) = session.run(None, {"x": np.ascontiguousarray(x, dtype=np.float32)})
        return np.asarray(answer, dtype=np.float64)

    return predict
