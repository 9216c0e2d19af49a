"""Published sets: records in git, a folder a revision, the pointer to the one that trades, and how one is fetched."""
