"""Searching what exchanges say: their assembled texts first, then the rest of their bodies."""
