"""Forward requests to the upstream, relay its answers and store the exchanges.

One request passes through these modules in one direction:

1. ``recorder``: read the head; create the ``Recording``, which all data is added to, and the
   ``RequestBody``, which the upstream and the recording get.
2. ``upstream``: send the request on a pooled connection (``upstream_connection``) and await the
   head of the ``UpstreamResponse``.
3. ``relay``: write the head to the client, then the body (``body_relay``) while it is received. A
   ``ReadTimeout`` limits each wait for the upstream.
4. ``write_queue``: count the finished exchange in the ``backlog``, seal it and write it to the
   cassette, in a worker thread.
"""
