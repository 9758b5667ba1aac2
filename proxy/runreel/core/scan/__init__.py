"""An independent search for secrets that are still in a cassette.

``LeakScanner`` searches every part of a stored exchange. A ``Leak`` is the kind and the place of a
secret, never its value nor anything derived from it.

The scanner checks the redactor, and is kept separate from it on purpose. The two share

- the rule set: the names, the table of rules and the users' paths;
- the search of *one* text with it (``core.redact.finders``), in all its views (unescaped, decoded);
- the encodings of a known value (``Vault``), and what counts as a placeholder;
- the parsing of events, and the paths of the values in JSON.

The scanner does not share the decisions where a mistake would hide a secret:

- which strings of a stream are one text: the redactor asks the dialect, the scanner joins the
  strings at the same path of all events, whatever the API (``channels``);
- which values are known: the scanner knows only the configured ones, none that a session has found;
- what was redacted: it ignores the notes of the recorder (ledger, marks), except that it searches
  them as well;
- overlapping spans, edits and placeholders: it replaces nothing.
"""

from runreel.core.scan.leak import Leak
from runreel.core.scan.scanner import LeakScanner

__all__ = ["Leak", "LeakScanner"]
