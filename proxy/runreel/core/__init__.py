"""The decisions: pure code, with no file, no socket, no clock and no randomness.

==============  ==================================================================================
``http``        bytes of HTTP: framing, headers, content codings, multipart, event streams
``cassette``    the file format: records to bytes and back, damage
``redact``      replace secrets by placeholders, and remember how to undo it
``match``       when two requests are the same call, and where they differ
``volatile``    dates, UUIDs, ports and other texts that are new in each request
``record``      what a recording keeps of an exchange, and what may be written
``replay``      which exchange answers, and what is sent of it, and when
``explain``     a hit, a miss and the matching rules, in words
``report``      exchanges, sessions and runs as text and as JSON documents
``trace``       one reading of an exchange, which all views share
``filter``      the language that selects exchanges
``diff``        where two recordings of one program part
``scan``        a search for secrets that are left in a cassette
``regex``       regular expressions that are compiled when they are first used
``dialect``     the Protocol by which all of these know an API
==============  ==================================================================================

``runreel.shell`` has a folder of the same name for each that is acted on.
"""
