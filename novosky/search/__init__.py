"""Searching settings: studies on forward folds inside train, sweeps of what needs no training."""
