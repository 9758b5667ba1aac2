"""The credentials of an exported request: variables of the environment for placeholders."""

from __future__ import annotations

import re
from collections.abc import Mapping

from runreel.core.placeholder import PLACEHOLDER

VARIABLES: Mapping[str, str] = {
    "api-key": "AZURE_OPENAI_API_KEY",
    "x-api-key": "ANTHROPIC_API_KEY",
    "x-goog-api-key": "GEMINI_API_KEY",
    "key": "GEMINI_API_KEY",
}
"""By header or parameter of a query: the variable in which SDKs look for the key."""

DEFAULT_VARIABLE = "OPENAI_API_KEY"

_CREDENTIALS = frozenset({"authorization", *VARIABLES})
_TEXT = re.compile(PLACEHOLDER.pattern.decode())


def find_variable(name: str, value: str) -> str:
    """Return the variable for the credential in a header or parameter; empty if it holds none.

    Placeholders in other headers stand for values that no variable has.
    """
    is_credential = name.lower() in _CREDENTIALS and _TEXT.search(value) is not None
    return VARIABLES.get(name.lower(), DEFAULT_VARIABLE) if is_credential else ""


def insert_variable(value: str, variable: str) -> str:
    """Return the value with ``$VARIABLE`` in the place of its placeholder: ``Bearer $KEY``."""
    return _TEXT.sub(f"${variable}", value, count=1)
