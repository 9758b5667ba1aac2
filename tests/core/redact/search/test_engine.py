from __future__ import annotations

import pytest

from runreel.core.redact.search.engine import RE2, STANDARD, Engine

ENGINES = [engine for engine in (RE2, STANDARD) if engine is not None]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_both_engines_find_the_same(engine: Engine) -> None:
    pattern = engine.compile(rb"(?i)\bK([a-z]+)|(\xff)")
    assert pattern.groups == 2
    ranges = [(match.span(0), match.span(1)) for match in pattern.finditer(b"xka kab \xff KC", 1)]
    assert ranges == [((4, 7), (5, 7)), ((8, 9), (-1, -1)), ((10, 12), (11, 12))]


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_an_invalid_pattern_is_refused_without_quoting_it(
    engine: Engine, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(ValueError, match=r"RE2|parenthes|missing") as caught:
        engine.compile(b"canary(")
    assert "canary" not in str(caught.value) + "".join(capfd.readouterr())
