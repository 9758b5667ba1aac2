"""The texts of the simulated assistant, and its choice of a function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.simulator import answers
from runreel.simulator.objects import JsonObject, JsonValue, MessageObject, RunObject

FIRST: JsonObject = {"type": "function", "function": {"name": "first"}}
SECOND: JsonObject = {"type": "function", "function": {"name": "second"}}
CODE: JsonObject = {"type": "code_interpreter"}

CHOICES: list[tuple[str, list[JsonObject], JsonValue, str | None]] = [
    ("no tools", [], "auto", None),
    ("no function among the tools", [CODE], "auto", None),
    ("the first function", [CODE, FIRST, SECOND], "auto", "first"),
    ("none chosen", [FIRST], "none", None),
    ("the chosen one", [FIRST, SECOND], SECOND, "second"),
    ("a chosen one that does not exist", [FIRST], SECOND, None),
    ("another tool is chosen", [FIRST], CODE, None),
    ("a function that is not an object", [{"type": "function", "function": 1}], "auto", None),
]


@given(st.text(alphabet="ab é\n👋"))
def test_pieces_joined_are_the_text(text: str) -> None:
    assert "".join(answers.split_text(text)) == text


@given(st.text(alphabet="ab é\n👋"))
def test_a_piece_is_a_few_characters_after_whitespace(text: str) -> None:
    assert all(len(piece.strip()) <= 6 for piece in answers.split_text(text))


@pytest.mark.parametrize(
    ("tools", "choice", "name"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES]
)
def test_which_function_is_called(
    tools: list[JsonObject], choice: JsonValue, name: str | None
) -> None:
    run = RunObject(
        id="run_1",
        created_at=0,
        assistant_id="asst_1",
        thread_id="thread_1",
        expires_at=None,
        model="m",
        truncation_strategy={},
        tools=tools,
        tool_choice=choice,
    )
    chosen = answers.choose_function(run)
    assert (chosen and chosen["name"]) == name


def test_arguments_are_compact_json() -> None:
    parameters: JsonObject = {"type": "object", "properties": {"größe": {"type": "integer"}}}
    assert answers.compose_arguments({"name": "f", "parameters": parameters}) == '{"größe":1}'


def test_a_function_without_parameters_gets_no_arguments() -> None:
    assert answers.compose_arguments({"name": "f"}) == "{}"


def test_the_text_of_a_message_is_that_of_its_text_parts() -> None:
    content: list[JsonObject] = [
        {"type": "text", "text": {"value": "one"}},
        {"type": "image_url", "image_url": {"url": "https://example.org/"}},
        {"type": "text", "text": {"value": "two"}},
    ]
    message = MessageObject(
        id="msg_1", created_at=0, thread_id="thread_1", role="user", content=content
    )
    assert answers.join_texts(message) == "one\ntwo"


def test_a_reply_quotes_the_question_and_is_not_ascii() -> None:
    text = answers.compose_reply("Grüß Gott")
    assert "“Grüß Gott”" in text
    assert "\n" in text
    assert len(text.encode()) > len(text)


def test_a_long_quotation_is_cut() -> None:
    text = answers.compose_reply("x" * 10_000)
    assert "x" * 399 + "…" in text
    assert "x" * 400 not in text


def test_a_reply_quotes_every_output() -> None:
    assert "“70 °F” and “sunny”" in answers.compose_tool_reply(["70 °F", "sunny"])
