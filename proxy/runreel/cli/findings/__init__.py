"""Findings of ``scan`` and ``lint`` in the formats of other tools."""
