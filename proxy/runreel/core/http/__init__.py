"""HTTP messages as bytes: framing, headers, content codings, bodies."""
