"""Descriptions of exchanges and sessions, as text and as JSON documents."""
