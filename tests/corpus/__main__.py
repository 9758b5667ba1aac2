"""Run the redaction corpus, or a sample of it, and print the faults by group."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from corpus.checking import Fault, Finding, find_faults
from corpus.groups import sample_cases
from corpus.redacting import make_sealer

_COLUMNS = ("group", "cases", *Fault)


def main(arguments: Sequence[str]) -> int:
    """Run the cases and print the table of faults; return 1 if there are any, else 0."""
    options = _parse_options(arguments)
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    for case in sample_cases(options.seed, options.one_in):
        if case.group.startswith(options.group):
            counts[case.group] += 1
            findings += find_faults(case, make_sealer)
    for finding in _limit_per_fault(findings, options.examples):
        print(f"{finding.fault}: {finding.case.group}: {finding.case.name}: {finding.detail}")
    print(f"seed {options.seed}, {counts.total():,} exchanges, one in {options.one_in}\n")
    print(_format_table(counts, findings))
    return 1 if findings else 0


def _parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests/corpus/run", description=__doc__)
    parser.add_argument(
        "--seed", type=int, default=1, help="another seed gives new values (default: 1)"
    )
    parser.add_argument(
        "--one-in", type=int, default=1, metavar="N", help="run only every Nth case"
    )
    parser.add_argument("--group", default="", help="run only groups whose names begin with GROUP")
    parser.add_argument(
        "--examples", type=int, default=0, metavar="N", help="print N examples per group and fault"
    )
    return parser.parse_args(arguments)


def _limit_per_fault(findings: Iterable[Finding], most: int) -> Iterable[Finding]:
    printed: Counter[tuple[str, Fault]] = Counter()
    for finding in findings:
        key = finding.case.group, finding.fault
        printed[key] += 1
        if printed[key] <= most:
            yield finding


def _format_table(counts: Counter[str], findings: Sequence[Finding]) -> str:
    """Format the numbers of cases with each fault, by group and in total."""
    faulty_cases = Counter({(one.case.group, one.case.name, one.fault) for one in findings})
    by_group: Counter[tuple[str, Fault]] = Counter()
    for group, _, fault in faulty_cases:
        by_group[group, fault] += 1
    rows = [_COLUMNS]
    for group in sorted(counts):
        rows.append(
            (group, str(counts[group]), *(_format_count(by_group[group, one]) for one in Fault))
        )
    totals = (_format_count(sum(by_group[group, one] for group in counts)) for one in Fault)
    rows.append(("all", str(counts.total()), *totals))
    widths = [max(len(row[at]) for row in rows) for at in range(len(_COLUMNS))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _format_count(count: int) -> str:
    return str(count) if count else "."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
