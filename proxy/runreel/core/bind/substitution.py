"""Replace recorded values in an answer by the client's own, as ``bound_values`` has bound them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec.structs import replace

from runreel.core.bind.bound_values import AnswerSwaps, PlaceSwap, TextSwaps
from runreel.core.dialect import Channels
from runreel.core.http import content_length
from runreel.core.jsonpath import JsonPath
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.redactor import Redactor
from runreel.core.redact.streams.body_texts import extract_texts, iter_json_regions
from runreel.core.redact.texts.json_leaves import iter_leaves
from runreel.core.redact.texts.leaf import Leaf
from runreel.core.redact.texts.spans import Edit, adjust_frames, apply_edits
from runreel.core.redact.vault import Vault
from runreel.core.replay.restore import restore_answer
from runreel.model import Answer

_KIND = "bound"


def substitute(answer: Answer, swaps: AnswerSwaps, channels: Channels, *, whole: bool) -> Answer:
    """Return the answer with the client's values; its frames and length are adjusted."""
    answer = replace(answer, marks=())
    if swaps.places:
        answer = _substitute_at_places(answer, swaps.places)
    return _substitute_texts(answer, swaps.texts, channels, whole=whole) if swaps.texts else answer


def collect_text(answer: Answer, channels: Channels) -> bytes:
    """Return all that an answer says, to search it for values: also the joined texts of deltas."""
    parts = [value for _, value in answer.headers]
    body = extract_texts(answer.headers, answer.body, channels, lambda leaf: False)
    return b"\0".join((*parts, answer.body, *(text.data for text in body.texts)))


@cache
def _build_no_rules() -> Rules:
    return Rules.build(rules=())


def _substitute_at_places(answer: Answer, places: Iterable[PlaceSwap]) -> Answer:
    swaps = tuple(places)
    headers = tuple((name, _swap_header(name, value, swaps)) for name, value in answer.headers)
    return replace_parts(replace(answer, headers=headers), sorted(_iter_leaf_edits(answer, swaps)))


def replace_parts(answer: Answer, edits: Sequence[Edit]) -> Answer:
    """Return the answer with edits of its body, and its frames and length adjusted to them."""
    if not edits:
        return answer
    body = apply_edits(answer.body, edits)
    return replace(
        answer,
        headers=content_length.adjust_content_length(answer.headers, len(body) - len(answer.body)),
        body=body,
        frames=adjust_frames(answer.frames, edits),
    )


def _iter_leaf_edits(answer: Answer, swaps: Iterable[PlaceSwap]) -> Iterator[Edit]:
    """Yield the edits of the scalars at the paths of the swaps that have the recorded value."""
    paths = [(path, swap) for swap in swaps if (path := swap.rule.answer_path) is not None]
    if not paths:
        return
    for regions in iter_json_regions(answer.headers, answer.body):
        for leaf in iter_leaves(answer.body, regions):
            for path, swap in paths:
                if _is_at(leaf, path) and _read(answer.body, leaf) == swap.recorded:
                    quote = int(leaf.is_string)
                    yield Edit(leaf.start - quote, leaf.end + quote, swap.sent.encode())
                    break


def _is_at(leaf: Leaf, path: JsonPath) -> bool:
    """Return whether a leaf is at the path, not below it."""
    return leaf.is_complete and path.matches(leaf.path) and not path.matches(leaf.path[:-1])


def _read(body: bytes, leaf: Leaf) -> str:
    """Return a leaf as JSON, in its usual spelling."""
    raw = body[leaf.start : leaf.end]
    try:
        return json.dumps(json.loads(b'"%b"' % raw if leaf.is_string else raw))
    except ValueError:
        return ""


def _swap_header(name: bytes, value: bytes, swaps: Iterable[PlaceSwap]) -> bytes:
    for swap in swaps:
        if swap.rule.is_header and swap.rule.name == name.lower():
            recorded, sent = json.loads(swap.recorded), json.loads(swap.sent)
            if value.strip() == recorded.encode("utf-8", "surrogateescape"):
                return str(sent).encode("utf-8", "surrogateescape")
    return value


def _substitute_texts(
    answer: Answer, pairs: TextSwaps, channels: Channels, *, whole: bool
) -> Answer:
    """Replace values wherever they are: in any encoding, and split over the deltas of a stream.

    If one of them cannot be written as it was, the answer stays as it is.
    """
    vault = Vault()
    for data in (answer.body, *(value for _, value in answer.headers)):
        vault.reserve(data)
    values = {vault.assign_placeholder(_KIND, old): new for old, new in pairs}
    marked = Redactor(_build_no_rules(), vault).replace_known(answer, channels, whole=whole)
    if not marked.marks:
        return answer
    restored = restore_answer(marked, values)
    texts = restored.body, *(value for _, value in restored.headers)
    is_whole = not any(placeholder in text for placeholder in values for text in texts)
    return restored if is_whole else answer
