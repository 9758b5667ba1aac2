"""The answers of the inspector's API, as documents."""
