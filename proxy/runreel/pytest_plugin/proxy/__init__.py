"""The proxy of a test process, and a test's session on it."""
