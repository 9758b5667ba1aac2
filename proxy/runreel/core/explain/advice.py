"""What to do about a request that differs from what was recorded."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence

from runreel.core.match import Difference
from runreel.core.match.request_diff import HEADERS
from runreel.core.match.volatile import WITHIN
from runreel.core.replay import Refusal, RefusalReason
from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import OmittedReason

_PROMPTS = frozenset(
    ["instructions", "additional_instructions", "content", "text", "prompt", "input", "system"]
)
_QUOTED_OR_POSITION = re.compile(r"""(\['[^']*'\]|\["(?:[^"\\]|\\.)*"\])|\[[0-9]+\]""")
_NAME_AT_END = re.compile(r"([\w-]+)(?:\[[0-9*]+\])*$")
_IGNORABLE = ("$.", "$[", "query.", "form.")


def format_record_command(cassette: str, upstream: str) -> str:
    """The command that records a cassette anew."""
    return f"runreel record {shlex.quote(cassette)} --upstream {shlex.quote(upstream or 'URL')}"


def find_ignorable(differences: Sequence[Difference]) -> tuple[str, ...]:
    """The places of what is new with each request, in all elements of an array alike."""
    places = (
        _QUOTED_OR_POSITION.sub(lambda found: found[1] or "[*]", each.path)
        for each in differences
        if each.volatile and _is_ignorable(each.path)
    )
    return tuple(dict.fromkeys(places))


def format_ignore_line(ignored: Sequence[str], more: Sequence[str]) -> str:
    """The line of the table ``[runreel.match]`` that ignores these places as well."""
    listed = ", ".join(map(_quote_toml, (*ignored, *more)))
    return f"ignore = [{listed}]"


def _quote_toml(text: str) -> str:
    """A basic string of TOML: what JSON writes, and DEL escaped (https://toml.io/en/v1.0.0)."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _can_be_left_out(path: str) -> bool:
    return path.startswith(HEADERS) or _is_ignorable(path)


def _is_ignorable(path: str) -> bool:
    """Whether the configuration can name it: half of a surrogate pair stands in no TOML."""
    return path.startswith(_IGNORABLE) and path.encode(errors="ignore").decode() == path


def iter_advice(
    differences: Sequence[Difference], ignored: Sequence[str], command: str
) -> Iterator[str]:
    """What is likely behind the differences, and what to do, in sentences.

    ``ignored`` is what the settings ignore already; ``again`` the command that records again.
    """
    volatile = [each for each in differences if each.volatile and _can_be_left_out(each.path)]
    meant = [each for each in differences if each not in volatile]
    places = find_ignorable(volatile)
    if places:
        line = format_ignore_line(ignored, places)
        yield f"{_describe_volatile(volatile)} To ignore that, set under [runreel.match]: {line}"
    elif volatile:
        yield f"{_describe_volatile(volatile)} Leave it out of [runreel.match] headers."
    if meant:
        yield f"{_describe_change(meant)} If it is meant, record again: {command}"


def advise_on_refusal(refusal: Refusal, command: str) -> str:
    """What to do where the same call is there, and may not answer."""
    if refusal.reason is RefusalReason.PLAYED:
        return f"Replay without --strict to play it more often, or record again: {command}"
    return f"Make the client ask in the order in which it was recorded, or record again: {command}"


def advise_on_omission(reason: OmittedReason) -> str:
    """What to do where the recorded request has no body to compare."""
    return f"Its body was not kept, since {REASON_TEXTS[reason]}; {ADVICE_TEXTS[reason]}."


def _describe_volatile(differences: Sequence[Difference]) -> str:
    """``$.metadata.request_id is a UUID: new with each request, it seems.``"""
    told = [
        f"{each.path} holds {each.volatile.removesuffix(WITHIN)}"
        if each.volatile.endswith(WITHIN)
        else f"{each.path} is {each.volatile}"
        for each in differences
    ]
    return f"{', '.join(told)}: new with each request, it seems."


def _describe_change(differences: Sequence[Difference]) -> str:
    """One sentence for what people change most: calls, tools, prompts, the order of things."""
    if any(each.path in ("method", "path") for each in differences):
        return "No such call was recorded."
    tools = dict.fromkeys(each.within for each in differences if _is_tool(each) and each.within)
    if tools:
        names = ", ".join(json.dumps(name, ensure_ascii=False) for name in tools)
        return f"The tool {names} was changed." if len(tools) == 1 else f"Tools changed: {names}."
    if any(_is_prompt(each) for each in differences):
        return "The prompt was changed."
    if any(each.reordered for each in differences):
        return "The order of an array counts."
    return "The request was changed."


def _is_tool(difference: Difference) -> bool:
    return difference.path.startswith("$.tools[")


def _is_prompt(difference: Difference) -> bool:
    name = _NAME_AT_END.search(difference.path)
    return name is not None and name[1] in _PROMPTS
