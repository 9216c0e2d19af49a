"""The plain body of a compiled function, with every compiled function that it calls replaced by its body too."""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any


@functools.cache
def plain(function: Any) -> Callable[..., Any]:
    """An interpreted copy of `function` and of its whole call tree."""
    body = function.py_func
    scope = dict(body.__globals__)
    copy = types.FunctionType(body.__code__, scope, body.__name__, body.__defaults__, body.__closure__)
    for name in body.__code__.co_names:
        called = scope.get(name)
        if hasattr(called, "py_func"):
            scope[name] = copy if called is function else plain(called)
    return copy
