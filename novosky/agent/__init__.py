"""A role with a scope lock drives modes: what it may do is checked before it is done, and all of it is written down."""
