"""Cases: exchanges with one secret in one place, or without a secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from corpus.channels import Channel
from corpus.kinds import Kind
from corpus.places import Place
from corpus.run_streams import SplitText
from corpus.spellings import PLAIN, Spelling, escape_plain
from corpus.splits import SPLITS, Split
from corpus.values import Dice, Secret
from corpus.writing import Escape
from runreel.model import Exchange


class Case(Struct, frozen=True):
    """An exchange, and the secrets that must not remain in it."""

    group: str
    name: str
    build: Callable[[Dice], Exchange]
    seed: int
    planted: tuple[PlantedSecret, ...] = ()
    """The secrets in the exchange; if there are none, nothing may change."""
    payloads: tuple[str, ...] = ()
    """The texts that contain the secrets, with label and encoding: only these may change."""
    escape: Escape = escape_plain
    """Escapes with which a payload is written in JSON."""

    @property
    def exchange(self) -> Exchange:
        """The exchange, built on each access and always equal; most runs need only a sample."""
        return self.build(Dice(self.seed))


class PlantedSecret(NamedTuple):
    """A secret, and another of the same kind. Pieces of both, such as a prefix, are public."""

    kind: Kind
    secret: Secret
    other: Secret

    @classmethod
    def draw(cls, kind: Kind, dice: Dice) -> PlantedSecret:
        """Draw two secrets of a kind."""
        return cls(kind, kind.secret(dice), kind.secret(dice))

    def without_label(self) -> PlantedSecret:
        """Return the secret without its label."""
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
    """Return a text to put before a secret, and one to put after it."""
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
    """Build a case with the secret in a place; alone if the place's name announces it."""
    if place.is_named:
        planted, before, after = planted.without_label(), "", ""
    else:
        before, after = choose_context(dice, is_one_line=place.is_one_line)
    payload = spelling.text(planted.secret.text)
    pieces = split(before, payload, after, dice)
    name = f"{place.name}/{spelling.name}/{planted.kind.name}"

    def build(inner: Dice) -> Exchange:
        return place.exchange(SplitText(pieces, inner), spelling.escape)

    return Case(group, name, build, dice.seed(), (planted,), (payload,), spelling.escape)


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
    """Build a case with the secret in a channel of a stream.

    ``inner``: escapes in the JSON of arguments, which is itself a JSON string.
    """
    text = spelling.text(planted.secret.text)
    pieces = split_channel_text(channel, text, split, dice, inner)
    name = f"{channel.name}/{spelling.name}/{planted.kind.name}"
    payload = inner(text) if channel.is_arguments else text

    def build(more: Dice) -> Exchange:
        source = SplitText(pieces, more)
        return channel.exchange(source, spelling.escape, wire=wire, framing=framing)

    return Case(group, name, build, dice.seed(), (planted,), (payload,), spelling.escape)


def split_channel_text(
    channel: Channel, text: str, split: Split, dice: Dice, inner: Escape = escape_plain
) -> list[str]:
    """Return the pieces of a channel's text, which contains ``text`` in some context."""
    if channel.is_arguments:
        before, after = _ARGUMENTS
        return split(before, inner(text), after, dice)
    before, after = choose_context(dice)
    return split(before, text, after, dice)


def announce_secret(case: Case) -> Case:
    """Return the case with its secret in the ``Authorization`` header of the request as well."""
    (planted,) = case.planted
    header = (b"Authorization", f"Bearer {planted.secret.value}".encode())

    def build(dice: Dice) -> Exchange:
        exchange = case.build(dice)
        request = exchange.head.request
        request = replace(request, headers=(header, *request.headers))
        return replace(exchange, head=replace(exchange.head, request=request))

    return replace(case, build=build)
