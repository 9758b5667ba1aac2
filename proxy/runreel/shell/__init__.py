"""The shell: the only code that awaits, opens files or reads clocks.

===============  ===========================================================  ======================
module           what it does                                                 may import
===============  ===========================================================  ======================
``supervise``    run the workers of one port, to the exit code                all below
``serve``        run a server, or a command with a server, to its exit code   all below
``router``       find or create the session that a request names              session, server, store
``control_api``  the endpoints that create, show and end sessions             session, server
``session``      open, report and end sessions; the sessions of a server      all below
``record``       forward requests to the upstream and record the exchanges    server, store
``replay``       look requests up in a cassette and send recorded answers     server, store
``workers``      processes that replay on one port, one session in each       server, store
``server``       connections, requests, responses, the proxy's own endpoints
``store``        cassettes as files: read, write, lock, verify, repair
``process``      logs, signals, limits and settings of the process
===============  ===========================================================  ======================

Every folder may also import ``process``, ``config`` and all of ``core``, which makes the decisions.
Only ``session``, ``server`` and ``control_api`` import ``dialects``; ``record`` and ``replay`` are
given the function that finds the dialect of a request.
"""
