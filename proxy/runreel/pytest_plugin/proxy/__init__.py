"""The proxy process of a test process, and the session of each test on it."""
