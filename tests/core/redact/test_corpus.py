"""The public corpus, redacted as for a cassette: no secret is left, and nothing else is changed.

Here every twelfth case runs, in CI (``CI`` in the environment) every fifth.
``tests/corpus/run --seed N`` runs them all, with values that nobody has seen.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.cases import Case, PlantedSecret, build_channel_case, split_channel_text
from corpus.channels import CHANNELS, Channel
from corpus.checking import Fault, Finding, decode_stored, find_faults
from corpus.groups import sample_cases
from corpus.joining import collect_channels, join_pieces
from corpus.kinds import KINDS, Kind
from corpus.redacting import make_sealer
from corpus.run_streams import SplitText
from corpus.spellings import escape_plain
from corpus.splits import FRAMINGS, Split, cut_at
from corpus.values import Dice
from runreel.model import Exchange

pytestmark = [pytest.mark.timeout(600), pytest.mark.slow]

_SEED = 1
_ONE_IN = 5 if "CI" in os.environ else 12
_ALLOWED = 100
"""One in so many of personal data may be missed, and of look-alikes touched."""
_READABLE = (Fault.LEAK, Fault.PART)

Result = tuple[Case, list[Finding]]


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [(case, find_faults(case, make_sealer)) for case in sample_cases(_SEED, _ONE_IN)]


def format_findings(findings: Sequence[Finding]) -> str:
    lines = [f"{one.fault} in {one.case.group}: {one.case.name}: {one.detail}" for one in findings]
    return "\n".join((f"{len(lines)} in all", *lines[:20]))


def is_personal(case: Case) -> bool:
    return any(one.kind.is_personal for one in case.planted)


def test_no_credential_is_left(results: list[Result]) -> None:
    left = [
        finding
        for case, findings in results
        for finding in findings
        if finding.fault in _READABLE and not is_personal(case)
    ]
    assert not left, format_findings(left)


def test_hardly_any_personal_data_is_left(results: list[Result]) -> None:
    personal = [findings for case, findings in results if is_personal(case)]
    left = [one for findings in personal for one in findings if one.fault in _READABLE]
    assert len(left) * _ALLOWED <= len(personal), format_findings(left)


def test_hardly_any_look_alike_is_changed(results: list[Result]) -> None:
    innocent = [findings for case, findings in results if not case.planted]
    changed = [findings[0] for findings in innocent if findings]
    assert len(changed) * _ALLOWED <= len(innocent), format_findings(changed)


@pytest.mark.parametrize("fault", [one for one in Fault if one not in _READABLE])
def test_nothing_else_is_wrong(results: list[Result], fault: Fault) -> None:
    wrong = [
        finding
        for case, findings in results
        for finding in findings
        if finding.fault is fault and case.planted
    ]
    assert not wrong, format_findings(wrong)


def split_at_shares(shares: Sequence[float]) -> Split:
    """Return a split at these shares of the length of the text."""

    def split(before: str, payload: str, after: str, dice: Dice) -> list[str]:
        text = before + payload + after
        return cut_at(text, sorted(int(share * len(text)) for share in shares))

    return split


SHARES = st.lists(st.floats(0, 1), max_size=12)
CHANNEL = st.sampled_from(list(CHANNELS.values()))
KIND = st.sampled_from(KINDS)
SEED = st.integers(0, 2**32)
FRAMING = st.sampled_from(sorted(FRAMINGS))


@given(KIND, CHANNEL, SHARES, SEED, FRAMING)
def test_no_split_hides_a_secret(
    kind: Kind, channel: Channel, shares: list[float], seed: int, framing: str
) -> None:
    dice = Dice(seed)
    planted = PlantedSecret.draw(kind, dice)
    case = build_channel_case(
        "split", planted, channel, split_at_shares(shares), dice, framing=framing
    )
    findings = find_faults(case, make_sealer)
    assert not findings, format_findings(findings)


@given(KIND, CHANNEL, SHARES, SEED)
def test_the_cuts_of_a_text_do_not_change_its_redaction(
    kind: Kind, channel: Channel, shares: list[float], seed: int
) -> None:
    texts = {redact_channel(kind, channel, split_at_shares(each), seed) for each in ((), shares)}
    assert len(texts) == 1


def redact_channel(kind: Kind, channel: Channel, split: Split, seed: int) -> str:
    """Return the redacted text of the channel, its pieces joined, without line ends.

    The cuts decide how many characters of its placeholder each line of a private key gets.
    """
    pieces = split_channel_text(channel, kind.secret(Dice(seed)).text, split, Dice(seed))
    exchange = channel.exchange(SplitText(pieces, Dice(seed)), escape_plain)
    redacted = decode_stored(bytes(make_sealer().seal(exchange).record))
    return join_pieces(
        collect_channels(redacted.answer.body)[find_path("".join(pieces), exchange)]
    ).replace("\n", "")


def find_path(text: str, exchange: Exchange) -> tuple[object, ...]:
    every = collect_channels(exchange.answer.body)
    return next(path for path, pieces in every.items() if text in join_pieces(pieces))
