"""A ledger held against the backtest: where they part, why, and what follows from it."""
