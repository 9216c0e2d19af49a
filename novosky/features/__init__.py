"""Features: one compiled kernel per group, run over all bars at once or bar by bar.

To add a feature: write one decorated kernel in a module under `novosky/features/groups/` (see
`docs/features.md`), name it in a list under `conf/features/`, and train anew.
"""
