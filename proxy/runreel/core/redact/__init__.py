"""Redaction: replace secrets in an exchange, so that none reaches the disk, the log or a page.

``Redactor`` works on a finished exchange in memory, with ``Rules`` (which names and which patterns
announce a secret) and the session's ``Vault`` (which value has which placeholder). What the live
client receives is never touched. Only ``Redactor.prove`` makes ``Redacted`` bytes, and a store
takes nothing else.

An example. A model repeats a key, in three deltas::

    data: {"delta":"Use sk-proj-Zq7tWv2LpX9s"}

    data: {"delta":"Kd4RmBf8T3BlbkFJnHc6Yg"}

    data: {"delta":"Ue1AoViQz5 today"}

1. **Texts** (``texts``): bytes that are searched as one. ``extract_texts`` asks the dialect which
   members are pieces of one text, here ``delta``, and joins them; the rest of the stream is another
   text. A text knows the offset in the body of each of its pieces::

       'Use sk-proj-Zq7tWv2LpX9sKd4RmBf8T3BlbkFJnHc6YgUe1AoViQz5 today'    pieces at 16, 60, 102
       'data: {"delta":""}\\n\\n' and so on                                  everything else

   No dialect knows the pieces of every API. So all strings of a stream are *strands*, by their
   member, their kind of event and their ids, and four *readings* join strands further
   (``streams.readings``). In a reading, only what crosses from one strand to another is sought
   (``body``): if the three deltas had an id each, the same key would be found there.

   A text has views: as it is, with JSON escapes undone, URL-decoded, base64-decoded. An offset in a
   view leads back to an offset in the text.

2. **Finders** (``finders``): each reports spans of one text. ``by_name`` knows that a header
   ``Authorization`` or a member ``api_key`` holds a credential (``names`` judges names by their
   words), ``by_pattern`` knows what keys and emails look like, ``by_path`` the JSON paths that
   the user named. Here the rule ``openai-api-key`` matches the bytes 4 to 56 of the first text.
   No single event holds the key.

3. **Vault** (``vault``, ``known_values``): gives the value a placeholder, the same for the same
   value in all exchanges of the session, and remembers it: ``REDACTED-openai-api-key-1``. From now
   on the value is *known*, and is found wherever it returns, raw, escaped, URL-encoded or in
   base64. So there are two passes: the first finds and learns (``Finder``), the second rewrites
   with all that is known by then (``Redactor``).

4. **Spans and edits** (``texts.spans``): overlapping spans are merged, and each becomes edits of
   the body. The text's pieces lead back to three ranges, 20 to 40, 60 to 82 and 102 to 112; the
   placeholder is divided among them. Events, their order and their times stay::

       data: {"delta":"Use REDACTED-"}

       data: {"delta":"openai-api"}

       data: {"delta":"-key-1 today"}

5. **Marks** (``marks``): how to undo it. A mark holds the placeholder, how the value was escaped,
   and for each piece its offset, its length now and its length before: ``(20, 9, 20)``,
   ``(49, 10, 22)``, ``(79, 6, 10)``. At replay, a client that sent the same key gets the three
   deltas of the beginning, byte for byte.

6. **Proof** (``Redactor.prove``): the bytes of the record that is about to be written are searched
   once more for every known value. A hit refuses the write.

If any step fails, the exchange is not stored.
"""

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.redactor import Redacted, RedactedRequest, RedactionError, Redactor
from runreel.core.redact.vault import Vault

__all__ = [
    "Redacted",
    "RedactedRequest",
    "RedactionError",
    "Redactor",
    "Rules",
    "Vault",
]
