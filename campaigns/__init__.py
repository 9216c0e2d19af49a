"""Long proofs outside the test suite: `python -m campaigns NAME`; results are kept under docs/evidence/."""
