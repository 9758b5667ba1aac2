"""Pair the exchanges of two recordings."""
