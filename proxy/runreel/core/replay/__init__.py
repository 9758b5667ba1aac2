"""Replay: decide which recorded exchange answers a request, and what is sent of it, and when.

Several recorded exchanges may be the same call: a client that polls a run sends the same GET again
and again, and the answers differ. Which one is right depends on what the client has done so far.

**Changes and scopes.** A call that may change the upstream's state (any method but GET, HEAD and
OPTIONS) is a *change*. Its *scope* is the thread that it names, else the session. The changes of a
scope divide its recording into stretches. A read is answered from the stretch that the client has
reached by its own changes: not from before its last change, since that state is over, and not from
after its next one, since that has not happened yet. Within a stretch the client only moves forward.

An example, one thread::

    1  POST /threads/T/runs                     a change
    2  GET  /threads/T/runs/R                   queued
    3  GET  /threads/T/runs/R                   requires_action
    4  POST /threads/T/runs/R/submit_tool_outputs   a change
    5  GET  /threads/T/runs/R                   completed

At replay the client sends 1, then polls. The first poll gets 2, the next one 3, and each further
one 3 again (``ChoiceReason.AGAIN``): 5 lies after a change that the client has not made. Another
client polls once, gets 2 and submits its outputs, which 4 answers. Its next poll gets 5, never 3.

**Who does what.**

==============  =====================================================================
``query``       build the ``ReplayQuery`` of a request: redact it, compute its fingerprints
``match``       ``ReplayQuery``, and ``Match``: the recorded call that it is, exactly or by
                placeholders as wildcards
``candidate``   ``Candidate``: an exchange that may answer; why one was chosen or refused
``history``     ``CallHistory``: the recordings of one call, and which were played
``progress``    ``ScopeProgress``: the changes of one scope, and how far the client is
``selector``    ``Selector``: chooses among the candidates of a session
``senders``     tell the clients of one session apart
``restore``     put the client's own values in place of the placeholders
``waits``       shorten the waits that an answer asks for, in an instant replay
``send_plan``   ``SendPlan``: an answer's bytes with their moments
==============  =====================================================================

Values that the client makes anew, such as the ids of its calls, are the folder ``bind``.

**The order of choice** for a read, in ``Selector``: the next recording of this stretch that was not
played; else the last one of the stretch, again; else one that was under way at the same time as
all changes between it and the client, since any order of those was possible. Outside of any thread
calls need not depend on each other: there the order decides as long as it can, and forbids nothing.
The order ``strict`` allows only the first. The order ``any`` knows no stretches: the next recording
of the call that was not played, else the last one again.
"""
