"""The four stages: which rows each learns from, how it is trained, how it lies on disk."""
