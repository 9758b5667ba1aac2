"""Advise what to do about a request that differs from the recorded one."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence

from runreel.core.match.difference import Difference
from runreel.core.match.rules import FORM, HEADERS, QUERY
from runreel.core.replay.candidate import Refusal, RefusalReason
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import OmittedReason

_PROMPTS = frozenset(
    ["instructions", "additional_instructions", "content", "text", "prompt", "input", "system"]
)
_QUOTED_OR_POSITION = re.compile(r"""(\['[^']*'\]|\["(?:[^"\\]|\\.)*"\])|\[[0-9]+\]""")
_NAME_AT_END = re.compile(r"([\w-]+)(?:\[[0-9*]+\])*$")
_IGNORABLE = ("$.", "$[", QUERY, FORM, HEADERS)


def format_record_command(cassette: str, upstream: str) -> str:
    """Return the command that records a cassette again; ``URL`` stands for an unknown upstream."""
    return f"runreel record {shlex.quote(cassette)} --upstream {shlex.quote(upstream or 'URL')}"


def find_ignorable(differences: Sequence[Difference]) -> tuple[str, ...]:
    """Return the places of volatile values, each generalised to all elements of its arrays."""
    paths = (
        _QUOTED_OR_POSITION.sub(lambda match: match[1] or "[*]", difference.path)
        for difference in differences
        if difference.volatile and _is_ignorable(difference.path)
    )
    return tuple(dict.fromkeys(paths))


def format_ignore_line(ignored: Sequence[str], more: Sequence[str]) -> str:
    """Return the line for the table ``[runreel.match]`` that ignores all of these places."""
    entries = ", ".join(map(_quote_toml, (*ignored, *more)))
    return f"ignore = [{entries}]"


def _quote_toml(text: str) -> str:
    """Return a TOML basic string: a JSON string with DEL escaped (https://toml.io/en/v1.0.0)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _is_ignorable(path: str) -> bool:
    """Return whether the configuration can name the place; TOML cannot hold a lone surrogate."""
    return path.startswith(_IGNORABLE) and path.encode(errors="ignore").decode() == path


def iter_advice(
    differences: Sequence[Difference], ignored: Sequence[str], command: str
) -> Iterator[str]:
    """Yield sentences: the likely cause of the differences, and what to do.

    ``ignored`` are the places that the configuration ignores already; ``command`` records again.
    """
    volatile = [each for each in differences if each.volatile and _is_ignorable(each.path)]
    others = [each for each in differences if each not in volatile]
    paths = find_ignorable(volatile)
    if paths:
        line = format_ignore_line(ignored, paths)
        yield f"{_describe_volatile(volatile)} To ignore that, set under [runreel.match]: {line}"
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


def advise_on_omission(reason: OmittedReason) -> str:
    """Return what to do if the body of the recorded request was not kept for comparison."""
    return f"Its body was not kept, since {REASON_TEXTS[reason]}; {ADVICE_TEXTS[reason]}."


def _describe_volatile(differences: Sequence[Difference]) -> str:
    """Return ``$.metadata.request_id is a UUID: probably new in each request.``."""
    clauses = [
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
    if any(_is_prompt(each) for each in differences):
        return "The prompt was changed."
    if any(each.reordered for each in differences):
        return "The order of an array's elements matters."
    return "The request was changed."


def _is_tool(difference: Difference) -> bool:
    return difference.path.startswith("$.tools[")


def _is_prompt(difference: Difference) -> bool:
    name = _NAME_AT_END.search(difference.path)
    return name is not None and name[1] in _PROMPTS
