"""Answer requests from a cassette, at the chosen speed.

One request passes through these modules in one direction:

1. ``player``: read the request; ``queries``: build its query (``core.replay.query``), the redacted
   request with its fingerprints.
2. ``lookup``: index the exchanges that the query may match, and find the recorded call.
3. ``player``: take the exchange that is next for this call (``core.replay.selector``), and bind the
   client's own values to the placeholders (``core.replay.restore``).
4. ``send_plans``: build the bytes to send and their moments; a plan is cached.
5. ``pacing``: send the plan on schedule.

What takes longer than a few milliseconds is done in a worker thread: redacting a long request,
building the plan of a large answer, explaining a miss.

``tally`` counts replayed and missed requests for the report, ``miss_fields`` logs a miss.
"""
