"""Documents that only the inspector's page needs; ``docs/inspector-api.md`` describes them.

=============  ================================================================
``rows``       an exchange in the list, with the shape of its answer over time
``condensed``  a trace without its texts, small enough to keep for every exchange
``pages``      parts of an exchange: cut texts, events by number, bytes
=============  ================================================================
"""
