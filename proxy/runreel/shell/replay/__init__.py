"""Answer requests from a cassette, at the chosen pace."""
