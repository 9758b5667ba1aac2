"""Volatile texts: parts of a text that are new in each request, such as dates and ports.

``kinds`` is the table of what can be recognised, ``mask`` replaces it, and everything around it
stays. Nothing here is in use unless ``[match] volatile`` or ``[match] patterns`` is set, or a miss
is explained.
"""
