"""Out of fold, forward in time: what judges a row of block k has seen blocks before k only."""
