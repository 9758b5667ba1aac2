"""Checks of the exchanges of a cassette together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runreel.core.explain.rule_check import CallGroup, RuleCheck
from runreel.core.lint.findings import LintFinding

_MAX_NUMBERS = 8

MAX_REDACTED = 1000
"""Most exchanges that are redacted again to see whether that changes them: each takes 2 ms."""
MAX_REDACTED_BYTES = 5_000_000
"""Most bytes of the path and the bodies of such an exchange: more would take over 300 MB."""


def check_calls(rule_check: RuleCheck) -> Iterator[LintFinding]:
    """Yield the findings about calls that are the same by the rules in force."""
    for group in rule_check.groups:
        if group.statuses:
            yield _build_group_finding(group)
    for number, _, reason in rule_check.unreachable:
        if "body was not kept" not in reason:  # that is a finding of its own
            yield LintFinding("unreachable", number, "request", reason)


def check_rules_in_force(outdated: Sequence[int], step: int = 1) -> Iterator[LintFinding]:
    """Yield a finding about the exchanges that the redaction rules in force would change.

    ``step``: one in so many exchanges was redacted again.
    """
    if outdated:
        count = f"{len(outdated)} exchange{'' if len(outdated) == 1 else 's'}"
        reason = f"the redaction rules in force would change {count}"
        reason += f"; one in {step} was checked" if step > 1 else ""
        yield LintFinding("old-rules", outdated[0], "", reason)


def _build_group_finding(group: CallGroup) -> LintFinding:
    numbers = ", ".join(map(str, group.numbers[:_MAX_NUMBERS]))
    more = ", …" if len(group.numbers) > _MAX_NUMBERS else ""
    statuses = ", ".join(map(str, group.statuses))
    code = "told-apart-by-credential" if group.credentials else "told-apart-by-order"
    reason = f"exchanges {numbers}{more} are the same call, answered {statuses}"
    return LintFinding(code, group.numbers[0], "request", reason)
