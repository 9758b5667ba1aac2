from __future__ import annotations

import pytest

from runreel.core.report.omitted_reasons import ADVICE, WHY
from runreel.model import Omitted

NAMED = [
    (Omitted.MAX_BODY, "max_body"),
    (Omitted.MAX_MEMORY, "max_memory"),
    (Omitted.ENCODING, "encod"),
]


def test_every_reason_has_words() -> None:
    assert set(WHY) == set(ADVICE) == set(Omitted) == {why for why, _ in NAMED}


@pytest.mark.parametrize(("why", "name"), NAMED, ids=[row[1] for row in NAMED])
def test_advice_is_about_what_was_the_reason(why: Omitted, name: str) -> None:
    assert name in WHY[why]
    assert name in ADVICE[why]
