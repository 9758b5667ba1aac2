"""A search for secrets that are still in a cassette, whatever the notes in it say.

``LeakScanner`` searches every part of a stored exchange. A ``Leak`` is the kind and the place of a
secret, never its value nor anything derived from it.

The scanner searches as the redactor does, so that one finds what the other one takes out. The two
share the rules, the texts of a body and their readings, and the search of them
(``core.redact.body``).

The scanner does not share what would hide a mistake of the redactor:

- the known values: the scanner knows only the configured ones, none that a session has found;
- the notes of the recorder (ledger, marks) on what was redacted: it searches them as well;
- overlapping spans, edits and placeholders: it replaces nothing.
"""

from runreel.core.scan.leak import Leak
from runreel.core.scan.scanner import LeakScanner

__all__ = ["Leak", "LeakScanner"]
