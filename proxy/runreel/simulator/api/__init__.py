"""The HTTP side of the simulator: its server, its routes and its operations."""
