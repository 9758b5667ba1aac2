"""Binary framings of streams."""
