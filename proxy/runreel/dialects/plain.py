"""What is known of a call of any other API: nothing, but how streams usually speak."""

from __future__ import annotations

from runreel.core.dialect import CallMeaning, Channels, Outline
from runreel.dialects.bodies import IDEMPOTENCY_KEYS, build_openai_error
from runreel.model import Answer, Request


class Plain:
    """The dialect of last resort: it claims every request."""

    name = "plain"
    channels = Channels(
        pieces=frozenset(),
        discriminators=frozenset(
            {"id", "index", "item_id", "output_index", "content_index", "summary_index"}
        ),
        noise=frozenset({"obfuscation"}),
    )
    volatile = IDEMPOTENCY_KEYS
    polled = frozenset[str]()

    def claims(self, request: Request) -> bool:
        """Claim it."""
        return True

    def find_scope(self, request: Request) -> str:
        """Know of no thread."""
        return ""

    def interpret(self, request: Request) -> CallMeaning:
        """Name no operation."""
        return CallMeaning(operation="", scope="")

    def outline(self, request: Request, answer: Answer) -> Outline:
        """Say nothing of an answer whose shape is not known."""
        return Outline()

    def build_error(self, message: str, code: str) -> bytes:
        """Shape it as OpenAI does, which most SDKs understand."""
        return build_openai_error(message, code)
