"""A reverse proxy that records create-run calls with their event streams, and replays them."""

__version__ = "0.1.0"
