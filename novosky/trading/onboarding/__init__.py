"""Six questions to a trader, and what follows from the answers: a profile in money, the settings of his machine."""
