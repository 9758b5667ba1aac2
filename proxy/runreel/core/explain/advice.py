"""Advise what to do about a request that differs from the recorded one."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Sequence

from runreel.core.base_url import find_other_prefix
from runreel.core.explain.proposal import ProvedProposal, is_prompt
from runreel.core.match.difference import Difference
from runreel.core.match.request_diff import decode_text
from runreel.core.match.rules import MatchRules
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.core.volatile.recognition import describe_kinds
from runreel.model import OmittedReason, Request


def format_record_command(cassette: str, upstream: str, command: str = "") -> str:
    """Return the command that records a cassette again; ``URL`` stands for an unknown upstream.

    ``command`` is the one to use instead of ``runreel record``, with ``{upstream}`` in it.
    """
    usual = f"runreel record {shlex.quote(cassette)} --upstream {{upstream}}"
    return (command or usual).replace("{upstream}", shlex.quote(upstream or "URL"))


def iter_advice(
    differences: Sequence[Difference], proved: ProvedProposal, rules: MatchRules, command: str
) -> Iterator[str]:
    """Yield sentences: the likely cause of the differences, and what to do.

    ``rules`` are those of the configuration; ``command`` records again.
    """
    volatile = [each for each in differences if each.path in proved.places and each.volatile]
    others = [each for each in differences if each not in volatile]
    if proved.places:
        lines = " and ".join(proved.proposal.format_lines(rules))
        reason = _describe_volatile(volatile, proved.path_kinds)
        yield f"{reason} To ignore that, set under [runreel.match]: {lines}"
    if others:
        yield f"{_describe_change(others)} If that is intended, record again: {command}"


def advise_on_refusal(refusal: Refusal, command: str) -> str:
    """Return what to do if the same call was recorded but may not answer."""
    if refusal.reason is RefusalReason.PLAYED:
        return (
            "Replay without --strict, and without strict order, to play it more than once, or "
            f"record again: {command}"
        )
    return (
        "Make the client send its requests in the recorded order. If several tests share this "
        "cassette, or their ids are the same in each, give each test a session of its own "
        '(/@NAME in its base URL), or set under [runreel.match]: order = "any". If the client was '
        f"changed, record again: {command}"
    )


def advise_to_redact(cassette: str) -> str:
    """Return what to do if today's redaction rules would change the recorded request."""
    return (
        "The redaction rules have changed since it was recorded: redact the cassette by today's "
        f"rules: runreel redact {shlex.quote(cassette)}"
    )


def advise_on_base_url(recorded: Request, sent: Request) -> str | None:
    """Return what to do if only the client's base URL differs; None: something else does."""
    paths = [decode_text(each.target.partition(b"?")[0]) for each in (recorded, sent)]
    prefix = find_other_prefix(*paths)
    if not prefix:
        return None
    if len(paths[1]) < len(paths[0]):
        return f"Add {prefix} to the client's base URL: the recorded path begins with it."
    return f"Leave {prefix} out of the client's base URL: the same path without it was recorded."


def advise_on_omission(reason: OmittedReason) -> str:
    """Return what to do if the body of the recorded request was not kept for comparison."""
    return f"Its body was not kept, since {REASON_TEXTS[reason]}; {ADVICE_TEXTS[reason]}."


def _describe_volatile(differences: Sequence[Difference], path_kinds: Sequence[str]) -> str:
    """Return ``$.metadata.request_id is a UUID: probably new in each request.``."""
    clauses = [f"path contains {describe_kinds(path_kinds)}"] if path_kinds else []
    clauses += [
        f"{each.path} {'contains' if each.volatile.is_within_text else 'is'} {each.volatile.name}"
        for each in differences
        if each.volatile is not None
    ]
    return f"{', '.join(clauses)}: probably new in each request."


def _describe_change(differences: Sequence[Difference]) -> str:
    """Return one sentence about the most usual change: the call, a tool, a prompt, an order."""
    if any(each.path in ("method", "path") for each in differences):
        return "No such call was recorded."
    tools = dict.fromkeys(each.within for each in differences if _is_tool(each) and each.within)
    if tools:
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in tools)
        return f"The tool {names} was changed." if len(tools) == 1 else f"Tools changed: {names}."
    if any(is_prompt(each.path) for each in differences):
        return "The prompt was changed."
    if any(each.reordered for each in differences):
        return "The order of an array's elements matters."
    return "The request was changed."


def _is_tool(difference: Difference) -> bool:
    return difference.path.startswith("$.tools[")
