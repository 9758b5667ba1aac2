"""Forward requests to the upstream and record what it answers."""
