"""From probabilities to intents and trades: vote, exits, sizes, and the loop that asks the models."""
