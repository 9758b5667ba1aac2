"""Explain a hit, a miss, and the effect of the matching rules on a cassette."""
