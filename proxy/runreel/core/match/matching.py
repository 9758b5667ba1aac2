"""What counts, whatever the dialect: the rules in force, and those that each dialect adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runreel.core.dialect import Dialect
from runreel.core.match.difference import Differences, describe_differences
from runreel.core.match.nearest import find_nearest
from runreel.core.match.normalize import NormalizedRequest, fingerprint, normalize
from runreel.core.match.request_diff import diff_requests
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcards import is_wildcard_match
from runreel.model import Request


class Matching:
    """Compares requests by the rules in force."""

    def __init__(
        self, find_dialect: Callable[[Request], Dialect], rules: MatchRules | None = None
    ) -> None:
        """``rules`` come from the settings; each dialect ignores its volatile places as well."""
        self.rules = rules or MatchRules()
        self.find_dialect = find_dialect
        self._by_dialect: dict[str, MatchRules] = {}

    def find_scope(self, request: Request) -> str:
        """The id of the thread that the request belongs to; empty if none."""
        return self.find_dialect(request).find_scope(request)

    def fingerprint(self, request: Request) -> bytes:
        """16 bytes that two requests share if they are the same call; never raises."""
        return fingerprint(request, self.get_rules(request))

    def normalize(self, request: Request) -> NormalizedRequest:
        """What counts of the request."""
        return normalize(request, self.get_rules(request))

    def find_differences(self, recorded: Request, sent: Request) -> Differences:
        """What tells two redacted requests apart; nothing if they are the same call."""
        return describe_differences(diff_requests(self.normalize(recorded), self.normalize(sent)))

    def find_differences_beyond_wildcards(self, recorded: Request, sent: Request) -> Differences:
        """The same without what a placeholder may stand for, unless there is nothing else."""
        found = list(diff_requests(self.normalize(recorded), self.normalize(sent)))
        rest = [place for place in found if not is_wildcard_match(place.recorded, place.sent)]
        return describe_differences(rest or found)

    def find_nearest(self, sent: Request, candidates: Sequence[Request]) -> int | None:
        """The place of the candidate that is most like the request; None among none."""
        return find_nearest(sent, candidates, self.normalize)

    def get_rules(self, request: Request) -> MatchRules:
        """The rules in force for requests of this one's dialect."""
        dialect = self.find_dialect(request)
        rules = self._by_dialect.get(dialect.name)
        if rules is None:
            rules = self._by_dialect[dialect.name] = self.rules.with_ignored(dialect.volatile)
        return rules
