"""Propose the lines of ``[runreel.match]`` that help against a miss, and prove that they do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from runreel.core.match.difference import Difference
from runreel.core.match.matching import Matching
from runreel.core.match.request_diff import decode_text
from runreel.core.match.rules import PLACES, MatchRules
from runreel.core.volatile.recognition import build_mask_of_all
from runreel.model import Request

PROMPTS = frozenset(
    ["instructions", "additional_instructions", "content", "text", "prompt", "input", "system"]
)
"""Names of members that hold prompts: to ignore one would answer any question by any exchange."""

_NAME_AT_END = re.compile(r"([\w-]+)(?:\[[0-9*]+\])*$")
_QUOTED_OR_POSITION = re.compile(r"""(\['[^']*'\]|\["(?:[^"\\]|\\.)*"\])|\[[0-9]+\]""")
_IGNORABLE = ("$.", "$[", *PLACES)
_PATH = "path"
_IDS = frozenset({"hex_id", "random_id", "ulid"})
"""Kinds that name an object if they are in a path: another one is another call."""


class Proposal(NamedTuple):
    """Settings that are to be added to ``[runreel.match]``."""

    ignore: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def extend(self, rules: MatchRules) -> MatchRules:
        """Return the rules with these settings in addition."""
        return rules.with_ignored(self.ignore).with_masked(self.volatile, self.patterns)

    def format_lines(self, rules: MatchRules) -> list[str]:
        """Return the lines for the table ``[runreel.match]``, with what ``rules`` have already."""
        entries = {
            "ignore": (rules.ignore, self.ignore),
            "volatile": (rules.volatile, self.volatile),
            "patterns": (rules.patterns, self.patterns),
        }
        return [
            f"{name} = [{', '.join(map(_quote_toml, (*present, *more)))}]"
            for name, (present, more) in entries.items()
            if more
        ]

    def to_document(self, rules: MatchRules) -> Mapping[str, object]:
        """Return the proposal as a JSON document."""
        lists = {name: list(entries) for name, entries in self._asdict().items()}
        return {**lists, "lines": self.format_lines(rules)}


class ProvedProposal(NamedTuple):
    """A proposal, with the places at which two requests do not differ any more by it."""

    proposal: Proposal = Proposal()
    places: frozenset[str] = frozenset()
    path_kinds: tuple[str, ...] = ()
    """The kinds of volatile texts in which the paths differ, if the proposal names them."""


def propose(
    recorded: Request, sent: Request, differences: Sequence[Difference], matching: Matching
) -> ProvedProposal:
    """Propose what makes two requests equal, or at least equal at the places that it is about.

    A setting that leaves a difference at its own place is not proposed.
    """
    claims = dict(_iter_claims(differences))
    path_kinds = _find_path_kinds(recorded, sent, matching)
    if path_kinds:
        claims[_PATH] = Proposal(volatile=path_kinds)
    while claims:
        proposal = _merge(claims.values())
        left = matching.list_differing_places(recorded, sent, proposal.extend)
        if not claims.keys() & left:
            kinds = path_kinds if _PATH in claims else ()
            return ProvedProposal(proposal, frozenset(claims), kinds)
        claims = {place: claim for place, claim in claims.items() if place not in left}
    return ProvedProposal()


def is_prompt(path: str) -> bool:
    """Return whether a place holds a prompt, judged by its name."""
    name = _NAME_AT_END.search(path)
    return name is not None and name[1] in PROMPTS


def _iter_claims(differences: Sequence[Difference]) -> Iterator[tuple[str, Proposal]]:
    """Yield for each volatile difference its place, and the narrowest setting for it."""
    for each in differences:
        kind = each.volatile
        if kind is None or not can_be_named(each.path):
            continue
        is_whole = not kind.is_within_text and not is_prompt(each.path)
        if is_whole and each.path.startswith(_IGNORABLE):
            yield each.path, Proposal(ignore=(_generalize(each.path),))
        elif kind.kinds or kind.patterns:
            yield each.path, Proposal(volatile=kind.kinds, patterns=kind.patterns)


def can_be_named(path: str) -> bool:
    """Return whether a setting can be about the place; TOML cannot hold a lone surrogate."""
    is_place = path.startswith(_IGNORABLE) or path == "body"
    return is_place and path.encode(errors="ignore").decode() == path


def _generalize(path: str) -> str:
    """Return the place in all elements of its arrays."""
    return _QUOTED_OR_POSITION.sub(lambda match: match[1] or "[*]", path)


def _find_path_kinds(recorded: Request, sent: Request, matching: Matching) -> tuple[str, ...]:
    old, new = (
        decode_text(unquote_to_bytes(matching.normalize(request).path))
        for request in (recorded, sent)
    )
    kinds = build_mask_of_all().find_differing(old, new)
    return () if _IDS.intersection(kinds) else kinds


def _merge(claims: Iterable[Proposal]) -> Proposal:
    columns = zip(*claims, strict=True)
    return Proposal(*(tuple(dict.fromkeys(chain.from_iterable(column))) for column in columns))


def _quote_toml(text: str) -> str:
    """Return a TOML basic string: a JSON string with DEL escaped (https://toml.io/en/v1.0.0)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
