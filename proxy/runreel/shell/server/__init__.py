"""The server side: connections, requests and responses, the proxy's own endpoints.

====================  ============================================================================
``listener``          listen on an address; tell the proxy's own endpoints from other requests
``acceptor``          accept connections within the limit on open files
``connection``        aiohttp's server and response classes, changed to send bytes as they are
``incoming_request``  read the head and the body of a request; refuse what cannot be handled
``admin``             the endpoints under ``/-/``: health, and the control API
``access``            ``AccessPolicy``: the access rules of these endpoints
``in_flight``         the answers in progress, for a shutdown
====================  ============================================================================
"""
