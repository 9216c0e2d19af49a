"""Writes that survive a crash at any instruction, and who may make them now."""
