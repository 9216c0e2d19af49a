"""The execution core: gates, sizing, brackets, costs and the loop over bars; pure functions over arrays.

Imports nothing of the project but its errors: no data frames, no configuration, no logging, no clock.
"""
