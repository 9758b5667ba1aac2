"""The recordings that an inspector shows, and where they come from."""
