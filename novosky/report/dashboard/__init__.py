"""The operator's desk: the ledger, the loop and the revision as one state, shown in a terminal or as a local page."""
