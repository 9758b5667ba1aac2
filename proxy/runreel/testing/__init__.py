"""What the pytest plugin is made of; imported when a test uses it, not before."""
