"""Texts: what the readers of a message see, and the bytes of the body that it came from.

A secret may be escaped, encoded, or split over many events. So finders search texts, never a body
directly, and every text leads back to the body's bytes. The terms, with this stream as an example::

    data: {"id": "m1", "delta": "my key is sk-te"}

    data: {"id": "m1", "delta": "st\\u002d4711"}

leaf
    A scalar in a JSON text: its path, and its start and end in the bytes (``json_leaves``). The
    first event has ``("id",)`` at 14-16 and ``("delta",)`` at 29-44.
channel
    The pieces that make up one text of a stream, here the two ``delta`` strings (``streams``).
strand, reading
    A strand has the strings of the same member of the same kind of event, with the same ids around
    it; a channel is a strand too. If the two events had ids of their own, their ``delta`` strings
    would be two strands. A reading joins the pieces of strands in the order of the body, in one of
    the ways in which a client may join them (``joined_text``).
text
    Bytes that are searched as one: a header's value, a body, or the joined pieces of a channel,
    with the offset in the body of each piece (``text``). The channel's text is
    ``my key is sk-test\\u002d4711``; its pieces come from 29-44 and 77-89. All other bytes of the
    two events are another text, the rest.
condensed text
    The rest of a stream, with what events of one shape share only once (``text``). It has all of
    the rest's strings, each as a whole. A pattern matches within one string, and what is around it
    can only refute it. So if there is nothing in the condensed text, there is nothing in the rest.
view
    A text with one kind of escapes decoded, with offsets that lead back to the text (``views``,
    ``encoded``). With JSON escapes decoded it is ``my key is sk-test-4711``. A finder finds the key
    at 10-22 in this view, which are the bytes 10-27 of the text.
span
    A range of a text, and the placeholder that replaces it: 10-27, ``REDACTED-key-1`` (``spans``).
edit
    A range of the body, and the bytes that replace it. The span's ranges in the body are 39-44 and
    77-89, and each gets its share of the placeholder: ``REDA`` and ``CTED-key-1``.
"""
