"""A request as a program for the ``openai`` package of Python.

A call that has a method in the package uses it; any other goes through ``client.post`` and its
siblings, which the package documents for undocumented endpoints.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Mapping
from pprint import pformat
from typing import NamedTuple
from urllib.parse import parse_qsl

from runreel.errors import UsageError
from runreel.model import Request

_WIDTH = 92


class _SdkCall(NamedTuple):
    """A method of the package, and the ids of the path that it takes as arguments."""

    method: str
    ids: tuple[str, ...] = ()


_CALLS: Mapping[str, _SdkCall] = {
    "runs.create": _SdkCall("beta.threads.runs.create", ("thread_id",)),
    "runs.retrieve": _SdkCall("beta.threads.runs.retrieve", ("run_id", "thread_id")),
    "runs.submit_tool_outputs": _SdkCall(
        "beta.threads.runs.submit_tool_outputs", ("run_id", "thread_id")
    ),
    "threads.create_and_run": _SdkCall("beta.threads.create_and_run"),
    "threads.create": _SdkCall("beta.threads.create"),
    "messages.create": _SdkCall("beta.threads.messages.create", ("thread_id",)),
    "messages.list": _SdkCall("beta.threads.messages.list", ("thread_id",)),
    "assistants.create": _SdkCall("beta.assistants.create"),
    "chat.completions.create": _SdkCall("chat.completions.create"),
    "completions.create": _SdkCall("completions.create"),
    "responses.create": _SdkCall("responses.create"),
    "embeddings.create": _SdkCall("embeddings.create"),
}


def format_script(
    request: Request, *, dialect: str, operation: str, ids: Mapping[str, object], upstream: str
) -> str:
    """Return a program that makes the call and prints its answer.

    ``ids`` are the ids in the path, ``upstream`` the base URL of the recorded API. Raises
    ``UsageError`` for the call of an API that is not OpenAI's, or with a body that is not JSON.
    """
    if dialect not in ("assistants", "responses", "chat"):
        raise UsageError("this call is not one of OpenAI's API; use --to curl")
    body = _parse_body(request.body)
    call = _CALLS.get(operation)
    if call is None or not all(name in ids for name in call.ids):
        arguments = _format_generic(request, body)
        method = request.method.lower()
    else:
        arguments = [f"{name}={ids[name]!r}," for name in call.ids] + _format_arguments(body)
        method = call.method
    return _TEMPLATE.format(
        base_url=f"{upstream}{_find_prefix(request.target)}",
        method=method,
        arguments="".join(f"\n    {_indent(argument)}" for argument in arguments),
        output=_STREAMED if body.get("stream") is True else "print(answer)",
    )


_TEMPLATE = """\
import os

from openai import OpenAI

client = OpenAI(api_key=os.environ["OPENAI_API_KEY"], base_url={base_url!r})
answer = client.{method}({arguments}
)
{output}
"""

_STREAMED = """\
for event in answer:
    print(event)"""


def _parse_body(body: bytes) -> dict[str, object]:
    if not body:
        return {}
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise UsageError("the body of this request is not a JSON object; use --to curl")
    return value


def _format_arguments(body: Mapping[str, object]) -> list[str]:
    """Return the members of the body as keyword arguments; other names go into ``extra_body``."""
    named = {name: value for name, value in body.items() if _is_argument(name)}
    extra = {name: value for name, value in body.items() if name not in named}
    arguments = [f"{name}={_format_value(value)}," for name, value in named.items()]
    return [*arguments, f"extra_body={_format_value(extra)},"] if extra else arguments


def _is_argument(name: str) -> bool:
    return name.isidentifier() and not keyword.iskeyword(name)


def _format_generic(request: Request, body: Mapping[str, object]) -> list[str]:
    path, _, query = request.target.decode("latin-1").partition("?")
    arguments = [f"{path.removeprefix(_find_prefix(request.target))!r},", "cast_to=object,"]
    if body:
        arguments.append(f"body={_format_value(body)},")
    if query:
        arguments.append(f"options={{'params': {dict(parse_qsl(query))!r}}},")
    return arguments


def _find_prefix(target: bytes) -> str:
    """Return the part of a path that belongs to the base URL: up to its version."""
    path = target.decode("latin-1").partition("?")[0]
    start, version, _ = path.partition("/v1/")
    return f"{start}/v1" if version else ""


def _format_value(value: object) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False)


def _indent(argument: str) -> str:
    return argument.replace("\n", "\n    ")
