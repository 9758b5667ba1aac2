"""The proxy process of a test process, and a client of its control API."""
