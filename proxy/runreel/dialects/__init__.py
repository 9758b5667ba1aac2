"""The dialects: one for each API family that runreel knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from runreel.core.dialect import Dialect
from runreel.dialects.agents import AGENTS
from runreel.dialects.anthropic import ANTHROPIC
from runreel.dialects.assistants import Assistants
from runreel.dialects.base.recognition import RecognisedDialect, Recogniser
from runreel.dialects.bedrock import BEDROCK
from runreel.dialects.chat import CHAT
from runreel.dialects.cohere import COHERE
from runreel.dialects.gemini import GEMINI
from runreel.dialects.langgraph import LANGGRAPH
from runreel.dialects.mcp import Mcp
from runreel.dialects.mistral import MISTRAL
from runreel.dialects.ollama import OLLAMA
from runreel.dialects.openai import OPENAI
from runreel.dialects.plain import Plain
from runreel.dialects.responses import RESPONSES
from runreel.model import Request

if TYPE_CHECKING:
    from runreel.config.dialects import DialectSettings

__all__ = ["DIALECTS", "Plain", "build_finder", "find_dialect"]

_RECOGNISED: tuple[RecognisedDialect, ...] = (
    *(Assistants(), AGENTS, RESPONSES, CHAT, ANTHROPIC, GEMINI, LANGGRAPH, Mcp()),
    *(OLLAMA, BEDROCK, COHERE, MISTRAL, OPENAI),
)

DIALECTS: tuple[Dialect, ...] = (*_RECOGNISED, Plain())
"""All dialects; the last one gets every request that is not recognised."""

_RECOGNISER = Recogniser(_RECOGNISED, Plain())


def build_finder(configured: Mapping[str, DialectSettings]) -> Callable[[Request], Dialect]:
    """Return what finds the dialect of a request, with those of the settings first."""
    if not configured:
        return find_dialect
    from runreel.dialects.base.configured import build_dialects  # noqa: PLC0415 - for few users

    return Recogniser((*build_dialects(configured), *_RECOGNISED), Plain()).find


def find_dialect(request: Request) -> Dialect:
    """Return the dialect of the API that the request belongs to."""
    return _RECOGNISER.find(request)
