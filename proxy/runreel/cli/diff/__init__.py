"""The output of ``runreel diff``."""
