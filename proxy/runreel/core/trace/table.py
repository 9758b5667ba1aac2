"""The table in which a dialect says where the parts of an exchange are.

The core evaluates it over the JSON of each event of a stream, and over the JSON of other bodies.

Paths are member names with dots, from the object that a rule is about: ``function.arguments``.

=============  ==================================================================================
part           meaning
=============  ==================================================================================
``[*]``        each element; told apart by its member ``index`` or, if it has none, by its place
``[]``         each element; all of them belong to the same text
``[0]``        one element
``.*``         each member of an object, whatever its name
``a|b``        the first of several paths that has a value
``^.role``     a path from the item of the array around, or the root; ``^^.`` one array further out
``$.id``       a path from the root of the event or body
``.``          the value itself
``@event``     the name of the event
``@number``    the number of the event, so that each event has a block of its own
=============  ==================================================================================

A path that leads nowhere, or to a value of another type, has no value.
"""

from __future__ import annotations

from enum import Enum

from msgspec import Struct

from runreel.core.trace.model import BlockKind

ANY_EVENT = ("*",)

Conditions = tuple[tuple[str, str], ...]
"""Paths and the values that they must have, all of them: ``text``, ``1``, ``true``; ``a|b`` for one
of several; ``!a|b`` for anything else, or nothing; ``*`` for anything but null and an empty value.
"""


class TextMode(Enum):
    """The relation of a value to the text of its block."""

    DELTA = "delta"
    """It is the next piece."""
    START = "start"
    """It is the text unless pieces follow, such as the ``{}`` before streamed arguments."""
    WHOLE = "whole"
    """It is the whole text: that of a body, or one that repeats the pieces, and must equal them."""
    SNAPSHOT = "snapshot"
    """It is the whole text so far, and replaces what was there."""


class TextRule(Struct, frozen=True):
    """One channel of text: the events, the place in their JSON, and the block it belongs to.

    Rules whose ``channel`` and key are equal add to the same block. The key is made of the values
    at ``key``, followed by the element of each ``[*]`` in ``each``.
    """

    kind: BlockKind
    text: str
    """Path to the text. For code, calls and outputs of tools, a value that is no string counts as
    its JSON text. For media, the text is base64 or a URL."""
    each: str = ""
    """Path to the objects that the rule is about; empty for the root."""
    on: tuple[str, ...] = ANY_EVENT
    """Names of the events, in which ``*`` stands for any characters. Bodies have the name that
    ``TraceTable.kind_members`` finds in them, else an empty one."""
    when: Conditions = ()
    key: tuple[str, ...] = ()
    mode: TextMode = TextMode.DELTA
    channel: str = ""
    """Empty for the name of ``kind``."""
    name: str = ""
    call_id: str = ""
    role: str = ""
    """Path to the role, or the role itself as ``=assistant``."""
    type: str = ""
    """Path to the API's own type of the tool or part, or the type itself as ``=function``."""
    owner: str = ""
    """Path to the id of the output; empty for the first value of the key, if there is a word."""
    owner_word: str = ""
    """Word before the owner: ``choice``."""
    is_content: bool = True
    """False for what the model does not say in this answer, such as the outputs of tools that the
    client sent: it is no content, whose first piece is waited for."""
    is_fallback: bool = False
    """True if the rule counts only where no earlier rule of its channel had a text in the event."""
    closes: str = ""
    """Channel whose blocks are complete where the rule has a name: later pieces with the same key
    are of another block."""
    opens_block: bool = False
    """True if a new block begins with it, with or without a text, even where an earlier one has the
    same key: that of a message before."""


class EventRule(Struct, frozen=True):
    """Some events of a stream, by name and content."""

    on: tuple[str, ...] = ANY_EVENT
    when: Conditions = ()
    each: str = ""
    """Path to the objects of which at least one must fulfil the conditions; empty for the root."""
    data: str = ""
    """The whole data of the event, if it is not JSON: ``[DONE]``."""


class ValueRule(Struct, frozen=True):
    """A place of a single value, such as the model. Of several values, the last one counts."""

    path: str
    """May select several values; the conditions are about the root."""
    on: tuple[str, ...] = ANY_EVENT
    when: Conditions = ()


class IdRule(Struct, frozen=True):
    """A place of an id. An id counts only if it is the same wherever it occurs."""

    name: str
    """``thread_id``, ``response_id`` …: ``core.trace.runs`` knows what belongs together by it."""
    path: str
    """May select several values; the conditions are about the root."""
    on: tuple[str, ...] = ANY_EVENT
    when: Conditions = ()


class UsageRule(Struct, frozen=True):
    """A place of reported tokens; the other paths start there.

    A later report replaces an earlier one, member by member. Reports with different keys are added.
    """

    each: str
    input: str
    output: str
    cached: str = ""
    reasoning: str = ""
    total: str = ""
    on: tuple[str, ...] = ANY_EVENT
    key: tuple[str, ...] = ()


class TraceTable(Struct, frozen=True, eq=False):
    """Everything that a trace needs to know about an API."""

    texts: tuple[TextRule, ...] = ()
    """Of the answer, errors included (``BlockKind.ERROR``): of these, the first rule that finds a
    message in an event counts, and each event has a block of its own. In an event, rules for an
    object come before those for objects within it, else they are applied in their order here."""
    request_texts: tuple[TextRule, ...] = ()
    """The conversation in the request; events play no part."""
    kind_members: tuple[str, ...] = ("type",)
    """Members of an event's or body's JSON with the name by which rules know it; an event without
    them goes by the name in the stream."""
    list_member: str = ""
    """Member of a body whose objects are bodies themselves, such as ``data``."""
    terminal: tuple[EventRule, ...] = ()
    """The API's marks that an answer is whole. Without any, a stream may end anywhere."""
    needs_terminal: bool = True
    """False if streams may also end without one."""
    keepalive: tuple[str, ...] = ("ping", "heartbeat", "keepalive", "keep-alive")
    """Names of events that are signs of life."""
    usage: tuple[UsageRule, ...] = ()
    usage_headers: tuple[tuple[str, bytes], ...] = ()
    """Members of ``TraceUsage`` and the headers (in lower case) that report them; they count where
    the body reports nothing."""
    models: tuple[ValueRule, ...] = ()
    """The model that answered."""
    requested_model: str = "model"
    """Path in the request's body; without it, the dialect's summary of the request may name it."""
    status: tuple[ValueRule, ...] = ()
    labels: tuple[ValueRule, ...] = ()
    """The subject of an event without a text or a status: the type of an item, a step. It is the
    event's summary, where ids would say less."""
    ids: tuple[IdRule, ...] = ()
    request_ids: tuple[IdRule, ...] = ()
    """In the request's body. Those of its path come from the dialect's summary."""
    may_batch: bool = True
    """False if the API sends exactly one token in an event with content."""
    reads_any_data: bool = False
    """True if nothing is known of the events, so that data of any format is right."""


_ERROR_MESSAGE = "error.message|error.detail|error|errors[0].message|message|detail|title"
"""The usual places of an error's message."""

UNKNOWN_API = TraceTable(
    texts=(TextRule(BlockKind.ERROR, _ERROR_MESSAGE, on=("error",)),),
    terminal=(EventRule(data="[DONE]"),),
    needs_terminal=False,
    reads_any_data=True,
)
"""The table of an API of which nothing is known but what most streams have in common."""

ANY_ERROR = TraceTable(texts=(TextRule(BlockKind.ERROR, _ERROR_MESSAGE),))
"""The table for answers whose status says that they are an error."""
