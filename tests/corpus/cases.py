"""One case: an exchange with one secret in one place, or with none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from corpus.channels import Channel
from corpus.kinds import Kind
from corpus.places import Place
from corpus.run_streams import SplitText
from corpus.spellings import PLAIN, Spelling, escape_plain
from corpus.splits import SPLITS, Split
from corpus.values import Dice, Secret
from corpus.writing import Escape
from runreel.model import Exchange


@dataclass(frozen=True, slots=True)
class Case:
    """One exchange, and what must not be left of it."""

    group: str
    name: str
    build: Callable[[Dice], Exchange]
    seed: int
    planted: tuple[PlantedSecret, ...] = ()
    """None of them: nothing may change."""
    carried: tuple[str, ...] = ()
    """What stands for them in the places, label and encoding included: all that may change."""
    escape: Escape = escape_plain
    """How the places write a carried text in JSON."""

    @property
    def exchange(self) -> Exchange:
        """The same one each time; made when it is asked for, since most runs take a sample."""
        return self.build(Dice(self.seed))


class PlantedSecret(NamedTuple):
    """A secret, and another of the same kind: what both share is public."""

    kind: Kind
    secret: Secret
    other: Secret

    @classmethod
    def draw(cls, kind: Kind, dice: Dice) -> PlantedSecret:
        """Two fresh ones."""
        return cls(kind, kind.secret(dice), kind.secret(dice))

    def without_label(self) -> PlantedSecret:
        """Without the text that says what it is."""
        return self._replace(secret=Secret(self.secret.value, self.secret.value))


_CONTEXTS = (
    ("Here it is: ", " Keep it safe, please."),
    ("", ""),
    ("Use this one (", ") from now on."),
    ("```\n", "\n```\nThat is all."),
    ("Grüße 🎉 ", " – bis bald 🎈"),  # noqa: RUF001 - a dash as people type it
)
_LINE_CONTEXTS = (("note ", " end"), ("", ""))
_ARGUMENTS = ('{"query": "', '", "limit": 3}')


def choose_context(dice: Dice, *, is_one_line: bool = False) -> tuple[str, str]:
    """What stands before and after a text."""
    return dice.choice(_LINE_CONTEXTS if is_one_line else _CONTEXTS)


def build_place_case(
    group: str,
    planted: PlantedSecret,
    place: Place,
    dice: Dice,
    spelling: Spelling = PLAIN,
    *,
    split: Split = SPLITS["whole"],
) -> Case:
    """The secret in a place; alone where the place's name says what it is."""
    if place.is_named:
        planted, before, after = planted.without_label(), "", ""
    else:
        before, after = choose_context(dice, is_one_line=place.is_one_line)
    carried = spelling.text(planted.secret.text)
    pieces = split(before, carried, after, dice)
    name = f"{place.name}/{spelling.name}/{planted.kind.name}"

    def build(inner: Dice) -> Exchange:
        return place.exchange(SplitText(pieces, inner), spelling.escape)

    return Case(group, name, build, dice.seed(), (planted,), (carried,), spelling.escape)


def build_channel_case(
    group: str,
    planted: PlantedSecret,
    channel: Channel,
    split: Split,
    dice: Dice,
    spelling: Spelling = PLAIN,
    *,
    inner: Escape = escape_plain,
    wire: str = "lf",
    framing: str = "by-event",
) -> Case:
    """The secret in a channel of a stream; ``inner`` is how arguments write it in their JSON."""
    text = spelling.text(planted.secret.text)
    pieces = split_channel_text(channel, text, split, dice, inner)
    name = f"{channel.name}/{spelling.name}/{planted.kind.name}"
    carried = inner(text) if channel.is_arguments else text

    def build(more: Dice) -> Exchange:
        source = SplitText(pieces, more)
        return channel.exchange(source, spelling.escape, wire=wire, framing=framing)

    return Case(group, name, build, dice.seed(), (planted,), (carried,), spelling.escape)


def split_channel_text(
    channel: Channel, text: str, split: Split, dice: Dice, inner: Escape = escape_plain
) -> list[str]:
    """The pieces of what the channel tells, with the text in it."""
    if channel.is_arguments:
        before, after = _ARGUMENTS
        return split(before, inner(text), after, dice)
    before, after = choose_context(dice)
    return split(before, text, after, dice)


def announce_secret(case: Case) -> Case:
    """The case, its secret named by a header of the request."""
    (planted,) = case.planted
    header = (b"Authorization", f"Bearer {planted.secret.value}".encode())

    def build(dice: Dice) -> Exchange:
        exchange = case.build(dice)
        request = exchange.head.request
        named = replace(request, headers=(header, *request.headers))
        return replace(exchange, head=replace(exchange.head, request=named))

    return replace(case, build=build)
