"""Pure decisions: no await, no files, no clock, no randomness."""
