"""Bytes of HTTP messages: framing, headers, content codings, bodies."""
