"""Parts from which dialects are made: routes, bodies, checks, and a dialect made of a table."""
