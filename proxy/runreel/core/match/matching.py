"""Compare requests of any dialect: the configured rules plus those that the dialect adds."""

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
    """The matching rules in force, and every comparison of requests that uses them."""

    def __init__(
        self, find_dialect: Callable[[Request], Dialect], rules: MatchRules | None = None
    ) -> None:
        """Use the configured ``rules``; each dialect's volatile places are ignored as well."""
        self.rules = rules or MatchRules()
        self.find_dialect = find_dialect
        self._by_dialect: dict[str, MatchRules] = {}

    def find_scope(self, request: Request) -> str:
        """Return the id of the thread that the request belongs to; an empty string if none."""
        return self.find_dialect(request).find_scope(request)

    def fingerprint(self, request: Request) -> bytes:
        """Return 16 bytes, equal for two requests that are the same call; never raise."""
        return fingerprint(request, self.get_rules(request))

    def normalize(self, request: Request) -> NormalizedRequest:
        """Return the parts of the request that count, each in its normal form."""
        return normalize(request, self.get_rules(request))

    def find_differences(self, recorded: Request, sent: Request) -> Differences:
        """Describe where two redacted requests differ; empty if they are the same call."""
        return describe_differences(diff_requests(self.normalize(recorded), self.normalize(sent)))

    def find_differences_beyond_wildcards(self, recorded: Request, sent: Request) -> Differences:
        """Describe the differences that placeholders do not explain; all, if they explain all."""
        mismatches = list(diff_requests(self.normalize(recorded), self.normalize(sent)))
        unexplained = [
            mismatch
            for mismatch in mismatches
            if not is_wildcard_match(mismatch.recorded, mismatch.sent)
        ]
        return describe_differences(unexplained or mismatches)

    def find_nearest(self, sent: Request, candidates: Sequence[Request]) -> int | None:
        """Return the index of the candidate most similar to ``sent``; None without candidates."""
        return find_nearest(sent, candidates, self.normalize)

    def get_rules(self, request: Request) -> MatchRules:
        """Return the rules for requests of this request's dialect."""
        dialect = self.find_dialect(request)
        rules = self._by_dialect.get(dialect.name)
        if rules is None:
            rules = self._by_dialect[dialect.name] = self.rules.with_ignored(dialect.volatile)
        return rules
