"""Keep or revert: models, settings and log change together or not at all."""
