"""Search engines for patterns and for many literals at once."""
