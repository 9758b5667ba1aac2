"""The rows of recordings: what is known of each exchange, and searches in them."""
