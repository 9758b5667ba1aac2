"""The process around the server: logging, limits, signals and settings."""
