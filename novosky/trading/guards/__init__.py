"""What stops the bot from opening: state machines without a clock of their own, kept in the ledger."""
