"""What the simulated assistant says, made up by rule: no model, no chance, no network."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence

from runreel.simulator.objects import JsonObject, MessageObject, RunObject
from runreel.simulator.schema import generate_example

CODE = "numbers = [3, 5, 8]\nprint(sum(numbers))"
LOGS = "16\n"

MAX_QUOTATION = 400
"""Characters of a quotation: enough to recognise it by, few enough to stream."""

_PIECE = re.compile(r"\s*\S{1,6}|\s+")


def split_text(text: str) -> list[str]:
    """The text in pieces of a few characters, each with the blanks before it; joined, the text."""
    return [found.group() for found in _PIECE.finditer(text)]


def count_tokens(text: str) -> int:
    """About how many tokens a model would count: one for four characters."""
    return (len(text) + 3) // 4


def join_texts(message: MessageObject | None) -> str:
    """All the text that a message holds, its parts joined by line breaks."""
    if message is None:
        return ""
    texts = [part["text"] for part in message.content if part.get("type") == "text"]
    return "\n".join(str(text["value"]) for text in texts if isinstance(text, Mapping))


def compose_reply(question: str) -> str:
    """The answer to what the user said."""
    return (
        f"Hello from the simulator 👋 You said: “{_truncate(question)}”\n\n"
        "No model read it: this answer is made up by rule and the same every time: très pratique."
    )


def compose_tool_reply(outputs: Sequence[str]) -> str:
    """The answer once the tools have given their outputs."""
    quotations = " and ".join(f"“{_truncate(output)}”" for output in outputs)
    return f"Your function says {quotations}.\nThat is all there is to know, voilà ✅"


def choose_function(run: RunObject) -> JsonObject | None:
    """The function that a run calls: the one that its ``tool_choice`` names, else its first."""
    functions = [tool.get("function") for tool in run.tools if tool.get("type") == "function"]
    known = [each for each in functions if isinstance(each, Mapping)]
    if run.tool_choice == "none":
        return None
    if isinstance(run.tool_choice, Mapping):
        wanted = run.tool_choice.get("function")
        name = wanted.get("name") if isinstance(wanted, Mapping) else None
        known = [each for each in known if each.get("name") == name]
    return known[0] if known else None


def compose_arguments(function: JsonObject) -> str:
    """JSON that fits the schema of a function's parameters."""
    schema = function.get("parameters")
    value = generate_example(schema) if isinstance(schema, Mapping) else {}
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _truncate(text: str) -> str:
    return text if len(text) <= MAX_QUOTATION else text[: MAX_QUOTATION - 1] + "…"
