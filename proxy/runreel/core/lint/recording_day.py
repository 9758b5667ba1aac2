"""Dates in a text that are those of the day on which it was recorded.

A prompt may have any date in it. One that is the day of the recording was most likely put there by
the program, and will be another one tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_SUFFIXES = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}


def find_recording_day(text: str, started_ns: int) -> str:
    """Return a spelling of the day of the recording that is in the text; empty if there is none.

    ``started_ns`` is the time of the request, in nanoseconds since 1970. The days before and after
    it count too, because the program may be in another time zone.
    """
    day = datetime.fromtimestamp(started_ns // 1_000_000_000, UTC).date()
    days = [day + timedelta(days=offset) for offset in (0, -1, 1)]
    if not any(str(each.year) in text for each in days):  # which is in every spelling
        return ""
    lowered = text.lower()
    spellings = (spelling for each in days for spelling in _list_spellings(each))
    return next((each for each in spellings if each.lower() in lowered), "")


@lru_cache(16)
def _list_spellings(day: date) -> Sequence[str]:
    return [*_iter_spellings(day)]


def _iter_spellings(day: date) -> Iterator[str]:
    """Yield the usual spellings of a day; those of a day and a month alone are left out."""
    year, month, number = day.year, day.month, day.day
    for separator in "-/.":
        yield f"{year}{separator}{month:02}{separator}{number:02}"
    yield f"{year}{month:02}{number:02}"
    for first, second in ((month, number), (number, month)):
        for separator in "/.-":
            yield f"{first:02}{separator}{second:02}{separator}{year}"
            yield f"{first}{separator}{second}{separator}{year}"
    ordinal = f"{number}{_SUFFIXES.get(number, 'th')}"
    for name in (_MONTHS[month - 1], _MONTHS[month - 1][:3]):
        for written in (str(number), f"{number:02}", ordinal):
            yield f"{name} {written}, {year}"
            yield f"{name} {written} {year}"
            yield f"{written} {name} {year}"
            yield f"{written}. {name} {year}"
            yield f"{written}-{name}-{year}"
    yield f"{year}年{month}月{number}日"
