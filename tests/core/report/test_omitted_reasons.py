from __future__ import annotations

import pytest

from runreel.core.report.omitted_reasons import ADVICE_TEXTS, REASON_TEXTS
from runreel.model import OmittedReason

NAMED = [
    (OmittedReason.MAX_BODY, "max_body"),
    (OmittedReason.MAX_MEMORY, "max_memory"),
    (OmittedReason.ENCODING, "encod"),
]


def test_every_reason_has_words() -> None:
    assert set(REASON_TEXTS) == set(ADVICE_TEXTS) == set(OmittedReason) == {why for why, _ in NAMED}


@pytest.mark.parametrize(("why", "name"), NAMED, ids=[row[1] for row in NAMED])
def test_advice_is_about_what_was_the_reason(why: OmittedReason, name: str) -> None:
    assert name in REASON_TEXTS[why]
    assert name in ADVICE_TEXTS[why]
