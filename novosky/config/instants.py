"""Times that a setting names."""

from __future__ import annotations

from datetime import UTC, datetime

from novosky.errors import ConfigError


def instant_ms(name: str, text: str) -> int:
    """UTC epoch milliseconds of an ISO date or time; without an offset it is UTC. Raises ConfigError for any other."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"{name}={text}: expected an ISO date or time, UTC, such as 2024-01-31 or 2024-01-31T14:15"
        ) from None
    return round(found.replace(tzinfo=found.tzinfo or UTC).timestamp() * 1000)
