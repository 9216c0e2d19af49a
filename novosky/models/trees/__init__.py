"""Compiled trees: trained by the libraries, packed into tables, walked by our own code, calibrated."""
