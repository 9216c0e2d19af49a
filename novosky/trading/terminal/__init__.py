"""The terminal port: the part of MetaTrader 5's Python API that the bot needs, and who answers it."""
