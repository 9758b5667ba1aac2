"""The soak: many mixed clients for a long time, in record and in replay; see ../README.md."""
