"""Compare requests: which of them are the same call, and where two calls differ."""

from runreel.core.match.difference import Difference, Differences
from runreel.core.match.matching import Matching
from runreel.core.match.normalize import build_request_key, fingerprint
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcard_index import WildcardIndex

__all__ = [
    "Difference",
    "Differences",
    "MatchRules",
    "Matching",
    "WildcardIndex",
    "build_request_key",
    "fingerprint",
]
