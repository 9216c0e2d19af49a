"""Terminal and ledger in, what is to be settled out: the start, every cycle and every recovery are this one path."""
