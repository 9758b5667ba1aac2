"""Sessions: opening one for each mode, its parts, its end, and the sessions of a server."""
