"""One reading of an exchange, which all views share."""
