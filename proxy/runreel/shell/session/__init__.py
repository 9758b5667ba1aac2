"""Sessions: what they are made of, and which are open."""
