"""What is known of a call of any other API: a name for the best known ones, and nothing more."""

from __future__ import annotations

from runreel.core.dialect import Call, Outline
from runreel.dialects.bodies import error_body
from runreel.dialects.routes import Route, Routes
from runreel.model import Answer, Request

ROUTES = Routes(
    (
        Route("POST", "chat/completions", "chat.completions.create"),
        Route("POST", "responses", "responses.create"),
        Route("POST", "v1/messages", "messages.create"),
    )
)


class Plain:
    """The dialect of last resort: it claims every request."""

    name = "plain"

    def claims(self, request: Request) -> bool:
        """Claim it."""
        return True

    def read(self, request: Request) -> Call:
        """Name the operation where it is a well-known one."""
        place = ROUTES.find(request.target)
        operation = "" if place is None else place.operations.get(request.method, "")
        return Call(operation=operation, scope="")

    def outline(self, request: Request, answer: Answer) -> Outline:
        """Say nothing of an answer whose shape is not known."""
        return Outline()

    def error(self, message: str, code: str) -> bytes:
        """Shape it as OpenAI does, which most SDKs understand."""
        return error_body(message, code)
