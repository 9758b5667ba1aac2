"""Recordings in the formats of other tools: read them, and write exchanges in them.

=================  ======  =======  ==========================================================
format             reads   writes   module
=================  ======  =======  ==========================================================
HAR 1.2            yes     yes      ``har_reader``, ``har_writer``
VCR                yes     no       ``vcr_reader``: vcrpy, pytest-recording, VCR for Ruby
events             no      yes      ``event_lines``: server-sent events, JSON lines
programs           no      yes      ``curl_command``, ``openai_script``
=================  ======  =======  ==========================================================

A reader returns ``ForeignExchange`` values, which hold secrets. ``convert`` makes exchanges of
them, which are sealed like recorded ones. Writers only get exchanges of cassettes, which are
redacted.
"""
