"""The hash that ties a model to the features it was trained on."""

from __future__ import annotations

import hashlib
import inspect
import re
from collections.abc import Callable, Sequence
from types import FunctionType, ModuleType
from typing import Any

from novosky.features.registry import find
from novosky.features.windows import ruler_range


def feature_hash(names: Sequence[str]) -> str:
    """sha256 over the names, their order, and the source of all that computes them.

    A kernel's source counts with that of every function and the value of every constant it reaches, wherever they
    stand; text around it (documentation, other kernels of the file) does not.
    """
    digest = hashlib.sha256()
    pieces: dict[str, str] = {}
    _collect(ruler_range, pieces)
    for name in names:
        group, column = find(name)
        digest.update(f"{name}={group.kernel.__name__}[{column}]\n".encode())
        _collect(group.kernel, pieces)
    for label in sorted(pieces):
        digest.update(f"{label}\n{pieces[label]}\n".encode())
    return digest.hexdigest()


def _collect(function: Callable[..., Any], pieces: dict[str, str]) -> None:
    """Add the source of a function, and of what it names in its module, to `pieces`."""
    plain: Any = getattr(function, "py_func", function)
    label = f"{plain.__module__}.{plain.__qualname__}"
    if label in pieces:
        return
    source = inspect.getsource(plain)
    pieces[label] = source[re.search(r"^\s*def ", source, re.MULTILINE).start() :]  # type: ignore[union-attr]
    for name in plain.__code__.co_names:
        value = plain.__globals__.get(name)
        if isinstance(getattr(value, "py_func", value), FunctionType):
            _collect(value, pieces)
        elif isinstance(value, int | float | tuple):
            pieces[f"{label}:{name}"] = repr(value)
        elif isinstance(value, ModuleType) and value.__name__.startswith("novosky."):
            raise TypeError(
                f"{label}: import functions by name, not the module {value.__name__}, so that edits are seen"
            )
