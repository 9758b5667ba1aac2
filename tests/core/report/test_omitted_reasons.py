from __future__ import annotations

import pytest

from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import OmittedReason

CASES = [
    (OmittedReason.MAX_BODY, "max_body"),
    (OmittedReason.MAX_MEMORY, "max_memory"),
    (OmittedReason.ENCODING, "encod"),
]


def test_every_reason_has_a_text_and_advice() -> None:
    assert (
        set(REASON_TEXTS)
        == set(ADVICE_TEXTS)
        == set(OmittedReason)
        == {reason for reason, _ in CASES}
    )


@pytest.mark.parametrize(("reason", "name"), CASES, ids=[row[1] for row in CASES])
def test_the_advice_fits_the_reason(reason: OmittedReason, name: str) -> None:
    assert name in REASON_TEXTS[reason]
    assert name in ADVICE_TEXTS[reason]
