"""Several processes that replay on one port, for suites and demos that outgrow a core.

The first process binds the port, forks the workers and waits for them (``shell.supervise``). All of
them accept connections from the same sockets. A session lives in one worker, which its name leads
to (``places``); a new one goes to the worker with the fewest.
A connection with a request for a session of another worker is handed over to that worker, with what
was read of the request (``handover``); from then on it is a connection of that worker.

``crew`` is what the router and the control API of one worker know of the others.
"""
