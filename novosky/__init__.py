"""NOVOSKY: train, check and trade machine-learning models on MetaTrader 5, without fooling yourself."""

__version__ = "0.1.0"
