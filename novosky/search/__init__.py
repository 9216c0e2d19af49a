"""Searching settings on forward folds inside train: spaces, studies, folds, objectives."""
