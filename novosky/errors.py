"""The error tree. The class tells the caller what to do, the message tells the user.

NovoskyError                    a fault in the program or outside: exit 3
+-- UserError                   the user's input is wrong: one line, exit 2
    +-- ConfigError             a key, an option or a value of the configuration
    +-- DataError               a file or its bars
    |   +-- UntrainableError    rows or trials too few for a model
    +-- ModelCompatibilityError models that do not fit the configuration, the data or each other
    +-- WindowError             an evaluation window that is closed, too short or already seen

Every message says what was expected, what was found, where, and how to mend it.
"""

from __future__ import annotations


class NovoskyError(Exception):
    """Base of all errors of the project; on its own: a fault, exit code 3."""

    exit_code = 3


class UserError(NovoskyError):
    """The user can mend it: printed as one line, no traceback, exit code 2."""

    exit_code = 2


class ConfigError(UserError):
    """An unknown key or option, a wrong type, a value out of range, a contradiction."""


class DataError(UserError):
    """A missing or unreadable file, wrong columns, bars that break the contract, too few bars."""


class UntrainableError(DataError):
    """Not enough to make a model of: too few rows or trades, a class that does not occur, no completed trial."""


class ModelCompatibilityError(UserError):
    """Models made with other features, labels or files than the ones at hand."""


class WindowError(UserError):
    """A window that may not be judged: closed, too short, or seen by a model of the set."""
