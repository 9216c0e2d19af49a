"""The weekly run: phases in their order, each named, timed, resumable."""
