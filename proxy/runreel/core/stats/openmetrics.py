"""Calls as metrics of OpenTelemetry's GenAI conventions, in OpenMetrics' text format.

Sources: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics and
https://github.com/prometheus/OpenMetrics (version 1.0.0). Dots in names become underscores, as
Prometheus does it. Only calls that make a model work are metrics; look-ups and lists are not.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from runreel.core.stats.call_facts import CallFacts

Labels = tuple[tuple[str, str], ...]

_OPERATIONS: Sequence[tuple[str, str]] = (
    ("chat.completions.create", "chat"),
    ("completions.create", "text_completion"),
    ("responses.create", "chat"),
    ("messages.create", "chat"),
    ("chat", "chat"),
    ("generate", "text_completion"),
    ("converse", "chat"),
    ("converse_stream", "chat"),
    ("embeddings.create", "embeddings"),
    ("embed", "embeddings"),
    ("runs.create", "invoke_agent"),
    ("threads.create_and_run", "invoke_agent"),
    ("runs.stream", "invoke_agent"),
    ("runs.wait", "invoke_agent"),
    ("sessions.create", "invoke_agent"),
    ("conversations.start", "invoke_agent"),
    ("generate_content", "generate_content"),
    ("models.generate_content", "generate_content"),
    ("models.stream_generate_content", "generate_content"),
)
"""Operations of dialects, and their ``gen_ai.operation.name``."""

_PROVIDERS: Mapping[str, str] = {
    "agents": "openai",
    "assistants": "openai",
    "chat": "openai",
    "responses": "openai",
    "gemini": "gcp.gemini",
    "bedrock": "aws.bedrock",
    "mistral": "mistral_ai",
}
"""Dialects whose ``gen_ai.provider.name`` is another one than their own."""

_NOT_MODELS = frozenset({("assistants", "messages.create")})
"""Calls that only share the name of an operation: this one stores a message of the user."""


class _Metric(NamedTuple):
    """A histogram of the conventions, with its recommended buckets."""

    name: str
    help: str
    unit: str
    buckets: Sequence[float]


_DURATION = _Metric(
    "gen_ai_client_operation_duration",
    "GenAI operation duration.",
    "seconds",
    (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
)
_FIRST_CHUNK = _Metric(
    "gen_ai_client_operation_time_to_first_chunk",
    "Time to the first event with content of a streamed answer.",
    "seconds",
    (0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0),
)
_TOKENS = _Metric(
    "gen_ai_client_token_usage",
    "Number of input and output tokens used, as the API reported them.",
    "",
    tuple(float(4**power) for power in range(14)),
)


def format_openmetrics(calls: Iterable[CallFacts]) -> Iterator[str]:
    """Yield the lines of the metrics, without line ends."""
    values: dict[_Metric, dict[Labels, list[float]]] = {
        metric: defaultdict(list) for metric in (_DURATION, _FIRST_CHUNK, _TOKENS)
    }
    for call in calls:
        operation = _find_operation(call)
        if operation:
            _add_call(values, call, _build_labels(call, operation))
    for metric, series in values.items():
        yield from _format_metric(metric, series)
    yield "# EOF"


def _find_operation(call: CallFacts) -> str:
    if (call.dialect, call.operation) in _NOT_MODELS:
        return ""
    return dict(_OPERATIONS).get(call.operation, "")


def _build_labels(call: CallFacts, operation: str) -> Labels:
    labels = {
        "gen_ai_operation_name": operation,
        "gen_ai_provider_name": _PROVIDERS.get(call.dialect, call.dialect),
        "gen_ai_request_model": call.usage.requested_model,
        "gen_ai_response_model": call.usage.answered_model,
    }
    return tuple((name, value) for name, value in labels.items() if value)


def _add_call(
    values: Mapping[_Metric, dict[Labels, list[float]]], call: CallFacts, labels: Labels
) -> None:
    failed = (("error_type", call.error),) if call.error else ()
    values[_DURATION][*labels, *failed].append(call.duration_us / 1e6)
    if call.first_content_us is not None:
        values[_FIRST_CHUNK][*labels, *failed].append(call.first_content_us / 1e6)
    for kind, count in (("input", call.usage.input_tokens), ("output", call.usage.output_tokens)):
        if count is not None:
            values[_TOKENS][*labels, ("gen_ai_token_type", kind)].append(float(count))


def _format_metric(metric: _Metric, series: Mapping[Labels, Sequence[float]]) -> Iterator[str]:
    name = f"{metric.name}_{metric.unit}" if metric.unit else metric.name
    yield f"# TYPE {name} histogram"
    if metric.unit:
        yield f"# UNIT {name} {metric.unit}"
    yield f"# HELP {name} {metric.help}"
    for labels, numbers in sorted(series.items()):
        counts = [0] * (len(metric.buckets) + 1)
        for number in numbers:
            counts[bisect_left(metric.buckets, number)] += 1
        bounds = [*map(str, metric.buckets), "+Inf"]
        for bound, total in zip(bounds, accumulate(counts), strict=True):
            yield f"{name}_bucket{_format_labels((*labels, ('le', bound)))} {total}"
        yield f"{name}_count{_format_labels(labels)} {len(numbers)}"
        yield f"{name}_sum{_format_labels(labels)} {sum(numbers):.6f}"


def _format_labels(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escape(value)}"' for name, value in labels) + "}"


def _escape(value: str) -> str:
    """Escape a label's value; control characters are replaced, since a line has to stay one."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\ufffd", escaped)
