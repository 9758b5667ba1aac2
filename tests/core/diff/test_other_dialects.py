"""Two recordings of one program for the APIs beside the largest ones: no false report, no miss.

The right side always comes from another server, as in ``test_recording``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from runreel.core.diff.changes.exchange_changes import DiffSettings
from runreel.core.diff.changes.model import Change, ChangeKind, DiffVerdict, RecordingDiff
from runreel.core.diff.probes import DiffSide
from runreel.core.diff.recording import RecordingComparison
from runreel.core.http.stream_reader import split_stream
from runreel.dialects import find_dialect
from runreel.model import End, Exchange
from support.other_recordings import OTHER_PROGRAMS, record_other
from support.recordings import USUAL, Facts

LEFT = 1
DIALECTS = tuple(OTHER_PROGRAMS)
WORDING, BEHAVIOUR = DiffVerdict.WORDING, DiffVerdict.BEHAVIOUR


def compare(left: Sequence[Exchange], right: Sequence[Exchange]) -> RecordingDiff:
    sides = make_side(left), make_side(right)
    return RecordingComparison(*sides, find_dialect, DiffSettings()).compare()


def make_side(exchanges: Sequence[Exchange]) -> DiffSide:
    by_number = {each.head.number: each for each in exchanges}
    return DiffSide([each.head for each in exchanges], by_number.__getitem__)


def list_changes(diff: RecordingDiff) -> list[Change]:
    """List the changes that are more than equivalent."""
    changes = (change for each in diff.exchanges for change in each.changes)
    return [change for change in changes if change.verdict > DiffVerdict.EQUIVALENT]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_dialect_is_the_one_that_is_meant(dialect: str) -> None:
    recording = record_other(dialect, LEFT)
    assert find_dialect(recording[-1].head.request).name == dialect
    assert all(each.head.operation for each in recording)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("seed", range(1, 9))
def test_another_recording_of_the_same_program_is_equivalent(dialect: str, seed: int) -> None:
    left = record_other(dialect, LEFT)
    diff = compare(left, record_other(dialect, seed))
    assert list_changes(diff) == []
    verdict = DiffVerdict.IDENTICAL if seed == LEFT else DiffVerdict.EQUIVALENT
    assert diff.verdict is verdict
    assert all(each.left and each.right for each in diff.exchanges)


FACTS: Mapping[str, tuple[Facts, DiffVerdict, Mapping[str, str]]] = {
    "a word of the prompt": (
        replace(USUAL, prompt=USUAL.prompt.replace("helpful", "useful")),
        WORDING,
        {
            "gemini": "request.$.systemInstruction.parts[0].text",
            "ollama": "request.$.messages[0].content",
            "cohere": "request.$.messages[0].content",
            "mistral": "request.$.instructions",
            "mcp": "request.$.params.arguments.style",
            "langgraph": "request.$.config.configurable.prompt",
            "agents": "request.$.agent.instructions",
        },
    ),
    "a word of the answer": (
        replace(USUAL, answer=USUAL.answer.replace("sunny", "cloudy")),
        WORDING,
        {
            **dict.fromkeys(("gemini", "ollama", "cohere", "mistral"), "answer.text[1]"),
            **dict.fromkeys(("langgraph", "agents"), "answer.text[2]"),
        },
    ),
    "what a tool answers": (
        replace(USUAL, answer=USUAL.answer.replace("sunny", "cloudy")),
        BEHAVIOUR,
        {"mcp": "answer.tool_output[2]"},
    ),
    "an argument of a tool": (
        replace(USUAL, city="Porto"),
        BEHAVIOUR,
        {
            **dict.fromkeys(DIALECTS, "answer.tool_call[1].$.city"),
            "mcp": "request.$.params.arguments.city",
        },
    ),
    "the output of a tool": (
        replace(USUAL, output=USUAL.output.replace("24", "25")),
        BEHAVIOUR,
        {
            "gemini": "request.$.contents[2].parts[0].functionResponse.response.degrees",
            "ollama": "request.$.messages[3].content.degrees",
            "cohere": "request.$.messages[3].content.degrees",
            "mistral": "request.$.inputs[0].result.degrees",
        },
    ),
    "the schema of a tool": (
        replace(USUAL, city_type="number"),
        BEHAVIOUR,
        {
            "gemini": (
                "request.$.tools[0].functionDeclarations[0].parameters.properties.city.type"
            ),
            **dict.fromkeys(
                ("ollama", "cohere", "mistral"),
                "request.$.tools[0].function.parameters.properties.city.type",
            ),
        },
    ),
    "the temperature": (
        replace(USUAL, temperature=0.7),
        BEHAVIOUR,
        {
            "gemini": "request.$.generationConfig.temperature",
            "ollama": "request.$.options.temperature",
            "cohere": "request.$.temperature",
            "mistral": "request.$.completion_args.temperature",
            "langgraph": "request.$.config.configurable.temperature",
        },
    ),
    "the model": (
        replace(USUAL, model="other-model"),
        BEHAVIOUR,
        {
            "gemini": "request.path",
            **dict.fromkeys(("ollama", "cohere", "mistral"), "request.$.model"),
            "agents": "request.$.agent.model",
        },
    ),
    "the usage": (
        replace(USUAL, tokens=21),
        WORDING,
        {
            "gemini": "answer.events[1].$.usageMetadata.candidatesTokenCount",
            "ollama": "answer.events[2].$.eval_count",
            "cohere": "answer.events[6].$.delta.usage.tokens.output_tokens",
            "mistral": "answer.events[4].$.usage.completion_tokens",
            "agents": "answer.events[16].$.turn.usage.output_tokens",
        },
    ),
}


@pytest.mark.parametrize("seed", [2, 3, 4])
@pytest.mark.parametrize(
    ("what", "dialect"), [(what, dialect) for what, row in FACTS.items() for dialect in row[2]]
)
def test_a_changed_fact_is_the_only_report(what: str, dialect: str, seed: int) -> None:
    facts, verdict, paths = FACTS[what]
    diff = compare(record_other(dialect, LEFT), record_other(dialect, seed, facts))
    [change] = list_changes(diff)
    assert change.path == paths[dialect]
    assert change.verdict is diff.verdict is verdict
    assert change.kind is ChangeKind.CHANGED


def replace_events(exchange: Exchange, events: Sequence[bytes], **head: object) -> Exchange:
    body = b"".join(events)
    frames = exchange.answer.frames[: len(events)]
    answer = replace(exchange.answer, body=body, frames=frames)
    return Exchange(replace(exchange.head, size=len(body), **head), answer)


STREAMS = tuple(name for name in DIALECTS if name != "mcp")


def find_text(recording: Sequence[Exchange], word: bytes) -> tuple[int, int]:
    """Return the first exchange and event with a word in it."""
    for index, exchange in enumerate(recording):
        for place, event in enumerate(split_stream((), exchange.answer.body) or ()):
            if word in event and b".done" not in event:
                return index, place
    raise AssertionError(word)


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize("kind", [ChangeKind.MISSING, ChangeKind.DOUBLED])
def test_a_lost_or_doubled_event_is_the_only_report(dialect: str, kind: ChangeKind) -> None:
    left = record_other(dialect, LEFT)
    index, place = find_text(left, b"sunny")
    events = list(split_stream((), left[index].answer.body) or ())
    events[place : place + 1] = [] if kind is ChangeKind.MISSING else [events[place]] * 2
    right = [*left]
    right[index] = replace_events(left[index], events)
    [change] = list_changes(compare(left, right))
    assert change.kind is kind
    assert change.path == f"answer.events[{place + (1 if kind is ChangeKind.MISSING else 2)}]"


@pytest.mark.parametrize("dialect", STREAMS)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_stream_that_is_cut_off_is_the_only_report(dialect: str, seed: int) -> None:
    left, right = record_other(dialect, LEFT), record_other(dialect, seed, cut=LEFT)
    index, place = find_text(right, b"sunny")
    events = list(split_stream((), right[index].answer.body) or ())[: place + 1]
    right[index] = replace_events(right[index], events, end=End.RESET, whole=False)
    changes = list_changes(compare(left, right))
    assert {change.path for change in changes} == {"answer.end"}
    assert {change.verdict for change in changes} == {BEHAVIOUR}
