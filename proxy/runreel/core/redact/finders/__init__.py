"""Where secrets stand in a text: by the names that announce them, and by their looks."""
