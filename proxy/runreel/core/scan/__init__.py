"""An independent look at what was recorded: which secrets still stand in a cassette, and where.

``LeakScanner`` reads exchanges as they are stored and searches every part in every spelling; what
it finds is a ``Leak``: a kind and a place, never the value nor anything derived from it.
"""

from runreel.core.scan.leak import Leak
from runreel.core.scan.scanner import LeakScanner

__all__ = ["Leak", "LeakScanner"]
