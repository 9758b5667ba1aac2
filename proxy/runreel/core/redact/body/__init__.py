"""The search of a whole body: in each of its texts, at the borders of pieces, and across texts."""
