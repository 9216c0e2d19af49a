"""The bot: one cycle a closed bar, by the decision chain and the execution rules of the backtest."""
