"""Recording of exchanges: the data that is kept, and the record that may be written."""
