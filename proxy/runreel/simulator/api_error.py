"""Errors of the simulated API: answers with a status of 4xx.

Their body has the API's format, ``{"error": {"message", "type", "param", "code"}}``
(https://platform.openai.com/docs/guides/error-codes).
"""

from __future__ import annotations

from collections.abc import Mapping

from runreel.simulator.objects import JsonObject


class ApiError(Exception):
    """An answer with a status of 4xx: its ``status``, ``body`` and ``headers``."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = "invalid_request_error",
        param: str | None = None,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = headers or {}
        self.body: JsonObject = {
            "error": {"message": message, "type": kind, "param": param, "code": code},
        }


def make_not_found_error(kind: str, name: str) -> ApiError:
    """Return the error for an id that does not exist."""
    return ApiError(404, f"No {kind} found with id '{name}'.")


def make_missing_error(name: str) -> ApiError:
    """Return the error for a request without a required parameter."""
    message = f"Missing required parameter: '{name}'."
    return ApiError(400, message, param=name, code="missing_required_parameter")
