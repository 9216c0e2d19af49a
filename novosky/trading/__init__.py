"""The bot and what it stands on: the terminal port and its adapters."""
