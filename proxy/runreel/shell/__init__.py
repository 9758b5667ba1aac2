"""The only code that awaits, opens files or reads clocks."""
