"""What a message says, as its readers see it: texts, their spellings, and the streams they come in.

A ``Text`` is bytes that are searched as one, with the way back to where each of them stood.
"""
