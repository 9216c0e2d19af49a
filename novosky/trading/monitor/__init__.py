"""The monitor: live results against limits and against what was promised; it reads the ledger and writes nothing."""
