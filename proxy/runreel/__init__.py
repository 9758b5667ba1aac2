"""Record create-run calls and their event streams, and replay them byte for byte."""

__version__ = "0.1.0"
