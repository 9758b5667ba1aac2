"""The changes between two exchanges in detail."""
