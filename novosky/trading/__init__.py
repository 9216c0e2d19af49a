"""Trading: the bot, its terminals, its ledger."""
