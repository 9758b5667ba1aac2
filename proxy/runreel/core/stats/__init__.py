"""Figures of many calls: how often, how long, how much.

================  ==================================================================
``call_facts``    what is kept of one call
``distribution``  median, 95th percentile and maximum of some numbers
``grouping``      calls in groups: by operation, model, session …
``prices``        the cost of a call by a table of the user's
``openmetrics``   the same calls as metrics of OpenTelemetry's GenAI conventions
================  ==================================================================

Tokens are those that the API reported. An event is never called a token: servers put several into
one event, or none.
"""
