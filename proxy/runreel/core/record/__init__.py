"""Decide what a recording keeps of an exchange, and what may be written."""
