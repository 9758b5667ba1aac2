"""The texts of the simulated assistant, made by fixed rules: no model, no chance, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from runreel.simulator.objects import JsonObject, MessageObject, RunObject
from runreel.simulator.schema import generate_example

CODE = "numbers = [3, 5, 8]\nprint(sum(numbers))"
LOGS = "16\n"

MAX_QUOTATION = 400
"""Characters of a quotation: enough to recognise it, few enough to stream."""

_PIECE = re.compile(r"\s*\S{1,6}|\s+")


def split_text(text: str) -> list[str]:
    """Split a text into pieces of up to six characters, each after the whitespace before it.

    Joined, the pieces are the text.
    """
    return [match.group() for match in _PIECE.finditer(text)]


def count_tokens(text: str) -> int:
    """Estimate the number of tokens in a text: one for every four characters."""
    return (len(text) + 3) // 4


def join_texts(message: MessageObject | None) -> str:
    """Return the text parts of a message, joined by line breaks; empty without a message."""
    if message is None:
        return ""
    texts = [part["text"] for part in message.content if part.get("type") == "text"]
    return "\n".join(str(text["value"]) for text in texts if isinstance(text, Mapping))


def compose_reply(question: str) -> str:
    """Return the answer to a question of the user."""
    return (
        f"Hello from the simulator 👋 You said: “{_truncate(question)}”\n\n"
        "No model read it: this answer is made up by rule and the same every time: très pratique."
    )


def compose_tool_reply(outputs: Sequence[str]) -> str:
    """Return the answer that quotes the outputs of the tools."""
    quotations = " and ".join(f"“{_truncate(output)}”" for output in outputs)
    return f"Your function says {quotations}.\nThat is all there is to know, voilà ✅"


def choose_function(run: RunObject) -> JsonObject | None:
    """Return the function that a run calls: the one in its ``tool_choice``, else its first."""
    functions = [tool.get("function") for tool in run.tools if tool.get("type") == "function"]
    candidates = [each for each in functions if isinstance(each, Mapping)]
    if run.tool_choice == "none":
        return None
    if isinstance(run.tool_choice, Mapping):
        choice = run.tool_choice.get("function")
        name = choice.get("name") if isinstance(choice, Mapping) else None
        candidates = [each for each in candidates if each.get("name") == name]
    return candidates[0] if candidates else None


def compose_arguments(function: JsonObject) -> str:
    """Return arguments that fit the schema of a function's parameters, as JSON."""
    schema = function.get("parameters")
    value = generate_example(schema) if isinstance(schema, Mapping) else {}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _truncate(text: str) -> str:
    return text if len(text) <= MAX_QUOTATION else text[: MAX_QUOTATION - 1] + "…"
