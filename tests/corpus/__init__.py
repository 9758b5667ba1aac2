"""The redaction corpus: every kind of secret, in every place, spelling and split.

All values are generated from an integer seed, so that the repository contains no string that looks
like a key, and another seed gives new values. ``tests/corpus/run`` prints the faults by group.
"""
