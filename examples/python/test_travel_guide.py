"""The guide's tests: recorded once, then replayed without a key and without a network."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from openai import AsyncOpenAI, OpenAI
from travel_guide import Guide, answer_all

pytestmark = pytest.mark.runreel


@pytest.fixture
def asked_for() -> list[str]:
    """Return the list of cities whose weather the guide has looked up."""
    return []


@pytest.fixture
def guide(asked_for: list[str]) -> Iterator[Guide]:
    """Return a guide with a weather station that always reports the same."""

    def weather(city: str) -> str:
        asked_for.append(city)
        return "18 °C, a light breeze from the sea"

    with OpenAI() as client:
        yield Guide(client, weather=weather)


def test_an_answer_comes_whole(guide: Guide) -> None:
    assert "Lisbon" in guide.answer("What should I see in Lisbon?")


def test_an_answer_comes_in_pieces(guide: Guide) -> None:
    pieces = list(guide.tell("Where can I hear fado?"))
    assert len(pieces) > 3
    assert "fado" in "".join(pieces)


def test_a_conversation_goes_on(guide: Guide) -> None:
    first = guide.answer("What should I see in Lisbon?")
    second = "".join(guide.tell("And in Porto?"))
    assert first != second
    assert "Porto" in second


def test_the_guide_looks_the_weather_up(guide: Guide, asked_for: list[str]) -> None:
    answer = guide.answer_with_weather("Do I need a coat in Lisbon?")
    assert asked_for == ["Lisbon"]
    assert "18 °C" in answer


def test_the_guide_looks_the_weather_up_while_telling(guide: Guide, asked_for: list[str]) -> None:
    answer = "".join(guide.tell_with_weather("Do I need a coat in Lisbon?"))
    assert asked_for == ["Lisbon"]
    assert "18 °C" in answer


@pytest.mark.parametrize("city", ["Lisbon", "Porto"])
def test_every_city_has_its_answer(guide: Guide, city: str) -> None:
    assert city in guide.answer(f"What should I see in {city}?")


async def test_many_questions_are_answered_at_once() -> None:
    subjects = ["fado", "a miradouro", "a pastel de nata"]
    async with AsyncOpenAI() as client:
        answers = await answer_all(client, [f"What is {subject}?" for subject in subjects])
    assert all(subject in answer for subject, answer in zip(subjects, answers, strict=True))
