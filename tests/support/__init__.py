"""Helpers that tests share: builders of values, clients, servers and processes."""
