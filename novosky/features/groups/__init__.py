"""The feature groups; every module in this folder is imported when features are looked up by name."""
