"""What counts, whatever the dialect: the rules in force, and those that each dialect adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from runreel.core.dialect import Dialect
from runreel.core.match.difference import Differences, described
from runreel.core.match.nearest import nearest
from runreel.core.match.normalize import Reading, fingerprint, reading
from runreel.core.match.request_diff import places
from runreel.core.match.rules import MatchRules
from runreel.core.match.wildcards import is_wildcard
from runreel.model import Request


class Matching:
    """Compares requests by the rules in force."""

    def __init__(
        self, dialect_of: Callable[[Request], Dialect], rules: MatchRules | None = None
    ) -> None:
        """``rules`` come from the settings; each dialect ignores its volatile places as well."""
        self.rules = rules or MatchRules()
        self.dialect_of = dialect_of
        self._by_dialect: dict[str, MatchRules] = {}

    def scope(self, request: Request) -> str:
        """The id of the thread that the request belongs to; empty if none."""
        return self.dialect_of(request).scope(request)

    def fingerprint(self, request: Request) -> bytes:
        """16 bytes that two requests share if they are the same call; never raises."""
        return fingerprint(request, self.rules_for(request))

    def read(self, request: Request) -> Reading:
        """What counts of the request."""
        return reading(request, self.rules_for(request))

    def differences(self, recorded: Request, sent: Request) -> Differences:
        """What tells two redacted requests apart; nothing if they are the same call."""
        return described(places(self.read(recorded), self.read(sent)))

    def misfits(self, recorded: Request, sent: Request) -> Differences:
        """The same without what a placeholder may stand for, unless there is nothing else."""
        found = list(places(self.read(recorded), self.read(sent)))
        rest = [place for place in found if not is_wildcard(place.recorded, place.sent)]
        return described(rest or found)

    def nearest(self, sent: Request, candidates: Sequence[Request]) -> int | None:
        """The place of the candidate that is most like the request; None among none."""
        return nearest(sent, candidates, self.read)

    def rules_for(self, request: Request) -> MatchRules:
        """The rules in force for requests of this one's dialect."""
        dialect = self.dialect_of(request)
        rules = self._by_dialect.get(dialect.name)
        if rules is None:
            rules = self._by_dialect[dialect.name] = self.rules.ignoring(dialect.volatile)
        return rules
