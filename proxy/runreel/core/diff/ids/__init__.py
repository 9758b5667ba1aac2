"""Ids, moments and placeholders: what may differ without a difference."""
