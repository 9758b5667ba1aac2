"""When two requests are the same call, and what tells two calls apart."""

from runreel.core.match.difference import Difference, differences, nearest
from runreel.core.match.reading import fingerprint

__all__ = ["Difference", "differences", "fingerprint", "nearest"]
