"""When two requests are the same call, and what tells two calls apart."""

from runreel.core.match.difference import Difference, differences
from runreel.core.match.ranking import nearest
from runreel.core.match.reading import fingerprint, place_of

__all__ = ["Difference", "differences", "fingerprint", "nearest", "place_of"]
