"""Follow a running proxy: its notes, the exchanges that they are about, and the lines to print."""
