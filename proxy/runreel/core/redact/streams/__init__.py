"""Streams: which pieces, in which events, are one text."""
