"""Ready to trade? Small checks, each of which says what it found, what it expected, and the mend."""
