"""The environment variables by which client libraries find an API, and those of their keys.

Each client reads its variables when it is created. docs/clients.md lists the clients; the tests in
``tests/clients`` run them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

DUMMY_KEY = "runreel-needs-no-key"

BASE_URLS: Mapping[str, str] = {
    "OPENAI_BASE_URL": "/v1",
    "OPENAI_API_BASE": "/v1",
    "AZURE_OPENAI_ENDPOINT": "",
    "AZURE_API_BASE": "",
    "ANTHROPIC_BASE_URL": "",
    "ANTHROPIC_API_BASE": "",
    "ANTHROPIC_BEDROCK_BASE_URL": "",
    "ANTHROPIC_VERTEX_BASE_URL": "/v1",
    "AWS_ENDPOINT_URL_BEDROCK_RUNTIME": "",
    "CO_API_URL": "",
    "GEMINI_API_BASE": "/v1beta",
    "GOOGLE_GEMINI_BASE_URL": "",
    "GOOGLE_VERTEX_BASE_URL": "",
    "GROQ_API_BASE": "/openai/v1",
    "GROQ_BASE_URL": "",
    "MISTRAL_AZURE_API_BASE": "/v1",
    "MISTRAL_BASE_URL": "/v1",
    "OLLAMA_API_BASE": "",
    "OLLAMA_HOST": "",
}
"""Variables of base URLs, each with the path of the API that its client leaves to the variable.

The path is left out if the upstream's URL has one.
"""

KEYS: tuple[tuple[str, ...], ...] = (
    ("OPENAI_API_KEY",),
    ("AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"),
    ("AZURE_API_KEY", "AZURE_AD_TOKEN"),
    ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"),
    ("CO_API_KEY", "COHERE_API_KEY"),
    ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    ("GROQ_API_KEY",),
    ("MISTRAL_API_KEY",),
)
"""Variables of keys without which clients refuse to start.

Those of one row are alternatives: the first one is set to a dummy if none of them is set. There is
no row for AWS: a dummy would take the place of a profile or a role, for other services too.
"""


class ExtraVariable(NamedTuple):
    """A variable that a user names: ``NAME=/path``, or ``NAME`` to leave it as it is."""

    name: str
    path: str | None
    """Appended to the base URL; None: the variable is not set."""

    @classmethod
    def parse(cls, text: str) -> ExtraVariable:
        """Parse a valid entry of the setting ``env``."""
        name, sign, path = text.partition("=")
        return cls(name, path if sign else None)


def build_base_urls(url: str, *, has_path: bool, extra: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables that lead clients to ``url``, by name.

    ``has_path``: the upstream's URL has a path, which replaces that of the API. ``extra``: entries
    of the setting ``env``, which add variables and leave others out.
    """
    variables = {name: url + ("" if has_path else path) for name, path in BASE_URLS.items()}
    for name, path in map(ExtraVariable.parse, extra):
        variables.pop(name, None)
        if path is not None:
            variables[name] = url + path
    return variables


def build_dummy_keys(environ: Mapping[str, str]) -> dict[str, str]:
    """Return a dummy for each key that is not set in ``environ``."""
    return {names[0]: DUMMY_KEY for names in KEYS if not any(environ.get(name) for name in names)}
