"""Explain a hit, a miss, and the matching rules."""
