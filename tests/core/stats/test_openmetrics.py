"""Metrics of OpenTelemetry's GenAI conventions, in OpenMetrics' format."""

from __future__ import annotations

import re

import pytest

from core.stats.test_grouping import call
from runreel.core.stats.openmetrics import format_openmetrics
from runreel.core.trace.model import TraceUsage

USAGE = TraceUsage("gpt-4o", "gpt-4o-2024", input_tokens=17, output_tokens=4)


def test_the_lines_of_a_call() -> None:
    lines = list(
        format_openmetrics([call(usage=USAGE, duration_us=40_000, first_content_us=1_500)])
    )
    labels = (
        'gen_ai_operation_name="chat",gen_ai_provider_name="openai",'
        'gen_ai_request_model="gpt-4o",gen_ai_response_model="gpt-4o-2024"'
    )
    name = "gen_ai_client_operation_duration_seconds"
    assert lines[:3] == [
        f"# TYPE {name} histogram",
        f"# UNIT {name} seconds",
        f"# HELP {name} GenAI operation duration.",
    ]
    assert f'{name}_bucket{{{labels},le="0.02"}} 0' in lines
    assert f'{name}_bucket{{{labels},le="0.04"}} 1' in lines
    assert f'{name}_bucket{{{labels},le="+Inf"}} 1' in lines
    assert f"{name}_sum{{{labels}}} 0.040000" in lines
    first = "gen_ai_client_operation_time_to_first_chunk_seconds"
    assert f"{first}_sum{{{labels}}} 0.001500" in lines
    tokens = f'gen_ai_client_token_usage_sum{{{labels},gen_ai_token_type="input"}} 17.000000'
    assert tokens in lines
    assert lines[-1] == "# EOF"


def test_a_stream_alone_has_a_time_to_its_first_chunk() -> None:
    lines = list(format_openmetrics([call(usage=USAGE)]))
    assert not [line for line in lines if "first_chunk_seconds_count" in line]


def test_errors_have_a_type() -> None:
    lines = list(format_openmetrics([call(error="429")]))
    assert [line for line in lines if line.endswith(" 1") and 'error_type="429"' in line]


@pytest.mark.parametrize(
    ("dialect", "operation"), [("assistants", "messages.create"), ("assistants", "runs.retrieve")]
)
def test_calls_that_make_no_model_work_are_no_metrics(dialect: str, operation: str) -> None:
    lines = list(format_openmetrics([call(dialect=dialect, operation=operation)]))
    assert all(line.startswith("#") for line in lines)


def test_values_of_labels_are_escaped() -> None:
    usage = TraceUsage('a"b\\c\nd\x1b[31m', "")
    lines = list(format_openmetrics([call(usage=usage)]))
    text = "\n".join(lines)
    assert 'gen_ai_request_model="a\\"b\\\\c\\nd\ufffd[31m"' in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", text)
