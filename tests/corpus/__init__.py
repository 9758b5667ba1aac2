"""The public redaction corpus: every kind of secret, in every place, spelling and split.

All of it is made up from an integer seed: no key-shaped string stands in the repository, and
another seed gives values that nobody has seen. ``tests/corpus/run`` prints what leaks, what is
touched and what is broken, by group.
"""
