"""A MetaTrader 5 in a box: replayed bars, an account on the execution core, the vendor's answers."""
