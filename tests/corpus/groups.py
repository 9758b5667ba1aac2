"""The corpus, group by group.

Every kind, place, spelling, split, wire and framing occurs, each combined with some of the others.
Equal seeds give equal corpora. The names of the functions are part of the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice

from msgspec.structs import replace

from corpus import names, names_2026
from corpus.cases import (
    Case,
    PlantedSecret,
    announce_secret,
    build_channel_case,
    build_place_case,
    choose_context,
    split_channel_text,
)
from corpus.channels import CHANNELS, Channel
from corpus.kinds import BY_NAME as KIND
from corpus.kinds import CREDENTIALS, KINDS, PERSONAL, Kind
from corpus.lookalikes import iter_look_alikes
from corpus.places import ANSWER_PLACES, NAMED_PLACES, NUMBER_PLACE, REQUEST_PLACES, Place
from corpus.run_streams import SplitText
from corpus.spellings import BY_NAME as SPELLING
from corpus.spellings import PLAIN, SPELLINGS, escape_plain
from corpus.splits import FRAMINGS, SPLITS, split_at
from corpus.values import Dice, Secret
from corpus.writing import WIRES, Escape
from runreel.model import Exchange

_PLACES: tuple[Place, ...] = (*REQUEST_PLACES, *ANSWER_PLACES)
_LINE_STREAMS = [place for place in _PLACES if place.is_streamed]
_JSON_PLACES = [place for place in _PLACES if place.is_json]
_USUAL_PLACES = ("prompt", "tool-outputs", "plain-text", "completion", "error")
_USUAL_CHANNELS = ("run-text", "run-arguments")
_FOLLOWED = ("run-text", "run-arguments", "responses-text", "chat-tools", "anthropic-json")
"""Channels that are combined with every spelling."""
_EVERY_OFFSET = (
    *_FOLLOWED,
    "run-one-delta",
    "run-code",
    "run-logs",
    "chat-choices",
    "plain-lines",
    "own-shape",
)
_WITHIN_ESCAPES = ("run-arguments", "responses-arguments", "chat-tools", "anthropic-json")
_CUT_PLACES = ("broken-tail", "cut-answer")
_ONLY_WHOLE = (
    *("mailchimp", "novita", "nvidia-ngc", "localstack", "mailgun-new", "asana", "asana-old"),
    *("rapidapi", "deepl", "transifex", "maxmind", "newrelic-license", "newrelic-mobile"),
    "flagsmith",
    *("azure-devops", "azure-batch", "azure-gateway", "azure-eventgrid", "azure-media"),
    *("azure-cosmos", "azure-registry", "azure-search", "azure-function", "laravel-app-key"),
)
"""Kinds that are recognised by their ends or their length only: a truncated one looks like any hash
or random text."""

_WORDED_KIND = KIND["api-key-is"]
"""Without its label, a value that only its name tells from an id."""

_SEPARATORS = (", ", "\n", " and ")
_SHORT = 60
"""Maximum length in characters of a text that is split at every offset."""


def iter_cases(seed: int) -> Iterator[Case]:
    """Yield all cases."""
    for group in _GROUPS:
        yield from group(Dice(seed, group.__name__))


def sample_cases(seed: int, one_in: int) -> Iterator[Case]:
    """Yield every ``one_in``-th case."""
    return islice(iter_cases(seed), 0, None, one_in)


def _every_kind(dice: Dice) -> Iterator[Case]:
    for kind in KINDS:
        group = f"kind-{kind.group}"
        for place in _PLACES:
            if place.name in _USUAL_PLACES:
                yield build_place_case(group, PlantedSecret.draw(kind, dice), place, dice)
        for name in _USUAL_CHANNELS:
            planted = PlantedSecret.draw(kind, dice)
            yield build_channel_case(group, planted, CHANNELS[name], SPLITS["tokens"], dice)


def _every_place(dice: Dice) -> Iterator[Case]:
    for place in _PLACES:
        for kind in _choose_kinds(place, dice, 8, 3):
            yield build_place_case(
                f"place-{place.group}", PlantedSecret.draw(kind, dice), place, dice
            )
    for name in ("card-plain",) * 8:
        planted = PlantedSecret.draw(KIND[name], dice)
        yield build_place_case("place-request-json", planted, NUMBER_PLACE, dice)


def _every_name(dice: Dice) -> Iterator[Case]:
    for place in NAMED_PLACES:
        for kind in _choose_kinds(place, dice, 5, 0):
            yield build_place_case("place-named", PlantedSecret.draw(kind, dice), place, dice)


def _choose_kinds(place: Place, dice: Dice, credentials: int, personal: int) -> list[Kind]:
    kinds = dice.shuffled(CREDENTIALS)[:credentials] + dice.shuffled(PERSONAL)[:personal]
    return [kind for kind in kinds if not (place.is_one_line and kind.has_lines)]


def _every_spelling(dice: Dice) -> Iterator[Case]:
    for spelling in SPELLINGS:
        group = f"spelling-{'encoded' if spelling.is_encoded else 'escaped'}"
        for place in dice.shuffled(_JSON_PLACES)[:8]:
            for kind in _choose_kinds(place, dice, 2, 1):
                yield build_place_case(group, PlantedSecret.draw(kind, dice), place, dice, spelling)
        for name in _FOLLOWED:
            for kind in dice.shuffled(KINDS)[:3]:
                planted = PlantedSecret.draw(kind, dice)
                tokens = SPLITS["tokens"]
                yield build_channel_case(group, planted, CHANNELS[name], tokens, dice, spelling)


def _every_known(dice: Dice) -> Iterator[Case]:
    """Yield secrets in the request's header that occur again without a label, in any spelling."""
    kinds = [kind for kind in CREDENTIALS if not kind.has_lines]
    for spelling in SPELLINGS:
        for place in _JSON_PLACES if spelling is not PLAIN else _PLACES:
            planted = PlantedSecret.draw(dice.choice(kinds), dice).without_label()
            yield announce_secret(build_place_case("known", planted, place, dice, spelling))
        for channel in CHANNELS.values():
            if spelling is PLAIN or channel.name in _FOLLOWED:
                planted = PlantedSecret.draw(dice.choice(kinds), dice).without_label()
                split = SPLITS[dice.choice(list(SPLITS))]
                yield announce_secret(
                    build_channel_case("known", planted, channel, split, dice, spelling)
                )


def _every_split(dice: Dice) -> Iterator[Case]:
    for channel in CHANNELS.values():
        for name, split in SPLITS.items():
            for kind in (*dice.shuffled(CREDENTIALS)[:2], dice.choice(PERSONAL)):
                planted = PlantedSecret.draw(kind, dice)
                case = build_channel_case(f"stream-{channel.group}", planted, channel, split, dice)
                yield _extend_name(case, name)
    for place in _LINE_STREAMS:
        for name, split in SPLITS.items():
            for kind in _choose_kinds(place, dice, 2, 1):
                planted = PlantedSecret.draw(kind, dice)
                case = build_place_case("stream-lines", planted, place, dice, split=split)
                yield _extend_name(case, name)


def _every_offset(dice: Dice) -> Iterator[Case]:
    """Yield texts in two pieces, split at each offset."""
    short = [kind for kind in KINDS if len(kind.secret(Dice(0)).text) < _SHORT]
    for name in _EVERY_OFFSET:
        planted = PlantedSecret.draw(dice.choice(short), dice)
        for place in range(1, len(planted.secret.text)):
            split = split_at(place)
            case = build_channel_case("split-every-offset", planted, CHANNELS[name], split, dice)
            yield _extend_name(case, str(place))


def _every_inner_escape(dice: Dice) -> Iterator[Case]:
    """Yield arguments that contain the secret with JSON escapes, split also within an escape."""
    for name in _WITHIN_ESCAPES:
        for spelling in ("unicode", "unicode-some"):
            planted = PlantedSecret.draw(KIND["google-client"], dice)
            inner = SPELLING[spelling].escape
            for place in range(1, len(inner(planted.secret.text)), 3):
                split = split_at(place)
                case = build_channel_case(
                    "split-within-escapes", planted, CHANNELS[name], split, dice, inner=inner
                )
                yield _extend_name(case, f"{spelling}-{place}")


def _every_wire(dice: Dice) -> Iterator[Case]:
    tokens = SPLITS["tokens"]
    for wire in WIRES:
        for framing in FRAMINGS:
            for channel in dice.shuffled(list(CHANNELS.values()))[:6]:
                planted = PlantedSecret.draw(dice.choice(CREDENTIALS), dice)
                case = build_channel_case(
                    "wire", planted, channel, tokens, dice, wire=wire, framing=framing
                )
                yield _extend_name(case, f"{wire}-{framing}")


def _every_mixture(dice: Dice) -> Iterator[Case]:
    """Yield exchanges with several secrets, and look-alikes between them."""
    innocents = [text for _, text in iter_look_alikes(dice, times=1)]
    channels = list(CHANNELS.values())
    for _ in range(60):
        planted = tuple(
            PlantedSecret.draw(dice.choice(KINDS), dice) for _ in range(dice.number(2, 5))
        )
        payloads = tuple(one.secret.text for one in planted)
        between = [dice.choice(innocents) for _ in payloads]
        words = [word for pair in zip(payloads, between, strict=True) for word in pair]
        pieces = SPLITS["tokens"]("", dice.choice(_SEPARATORS).join(words), "", dice)
        channel = dice.choice([one for one in channels if not one.is_arguments])
        place = dice.choice(_JSON_PLACES)
        names = "+".join(one.kind.name for one in planted)
        for where in (channel, place):
            build = partial(_build, where, pieces)
            yield Case("mixed", f"{where.name}/{names}", build, dice.seed(), planted, payloads)


def _every_cut(dice: Dice) -> Iterator[Case]:
    """Yield bodies that end within the secret, after three quarters of it."""
    places = [place for place in _PLACES if place.name in _CUT_PLACES]
    for kind in CREDENTIALS:
        if kind.name in _ONLY_WHOLE:
            continue
        planted = PlantedSecret.draw(kind, dice)
        length = len(planted.secret.value) * 3 // 4
        at = planted.secret.text.find(planted.secret.value) + length
        secret = Secret(planted.secret.text[:at], planted.secret.value[:length])
        cut = planted._replace(secret=secret)
        for place in places:
            build = partial(_build, place, [f"It is {secret.text}"])
            name = f"{place.name}/{kind.name}"
            yield Case("cut-off", name, build, dice.seed(), (cut,), (secret.text,))


def _every_look_alike(dice: Dice) -> Iterator[Case]:
    places = [place for place in _PLACES if not place.is_decoded]
    prompt = next(place for place in places if place.name == "prompt")
    for family, text in iter_look_alikes(dice):
        group = f"look-alike-{family}"
        for place in (prompt, dice.choice(places)):
            before, after = choose_context(dice, is_one_line=place.is_one_line)
            build = partial(_build, place, [before + text + after])
            yield Case(group, f"{place.name}/{text[:_SHORT]}", build, dice.seed())
        channel = dice.choice(list(CHANNELS.values()))
        build = partial(_build, channel, split_channel_text(channel, text, SPLITS["tokens"], dice))
        yield Case(group, f"{channel.name}/{text[:_SHORT]}", build, dice.seed())


def _every_wording(dice: Dice) -> Iterator[Case]:
    """Yield names that announce a secret by their words, in all notations, and harmless names."""
    members = names.MEMBERS.split()
    yield from _name_headers(names.HEADERS, dice)
    for name in members:
        yield _name_secret(f"member-{name}", partial(names.build_member, name), dice)
        for notation, template in names.NOTATIONS.items():
            yield _name_in_notation(notation, template, name, dice)
    yield from _name_in_prose(names.PROSE, dice)
    for name, value in names.HARMLESS.items():
        yield _name_harmless(name, value, dice)


def _every_wording_of_2026(dice: Dice) -> Iterator[Case]:
    """Yield the same for the names up to 2026, each in one notation."""
    yield from _name_headers(names_2026.HEADERS, dice)
    for name in names_2026.MEMBERS.split():
        yield _name_secret(f"member-{name}", partial(names.build_member, name), dice)
    for every, notations in (
        (names_2026.PAIRS, names_2026.NOTATIONS),
        (names_2026.ELEMENTS, names_2026.MARKUP),
    ):
        for name in every.split():
            notation = dice.choice(list(notations))
            yield _name_in_notation(notation, notations[notation], name, dice)
    yield from _name_in_prose(names_2026.PROSE, dice)
    for name in names_2026.HARMLESS_NAMES.split():
        yield _name_harmless(name, dice.run("lower", 12), dice)
    for name, value in names_2026.HARMLESS.items():
        yield _name_harmless(name, value, dice)


def _name_headers(every: str, dice: Dice) -> Iterator[Case]:
    for name in every.split():
        yield _name_secret(f"header-{name}", partial(names.build_header, name), dice)


def _name_in_notation(notation: str, template: str, name: str, dice: Dice) -> Case:
    build = partial(names.build_notation, template, name)
    return _name_secret(f"{notation}-{name}", build, dice)


def _name_secret(name: str, build: Callable[[SplitText, Escape], Exchange], dice: Dice) -> Case:
    place = Place(name, "wording", build, is_one_line=True, is_named=True)
    planted = PlantedSecret.draw(_WORDED_KIND, dice)
    return build_place_case("name-by-words", planted, place, dice)


def _name_in_prose(templates: str, dice: Dice) -> Iterator[Case]:
    prompt = next(place for place in _PLACES if place.name == "prompt")
    planted = PlantedSecret.draw(_WORDED_KIND, dice)
    for text in names.iter_prose(templates, planted.secret.value):
        worded = planted._replace(secret=planted.secret._replace(text=text))
        yield _extend_name(build_place_case("name-in-prose", worded, prompt, dice), text[:_SHORT])


def _name_harmless(name: str, value: object, dice: Dice) -> Case:
    build = partial(names.build_harmless, name, value)
    return Case("look-alike-names", name, build, dice.seed())


def _build(where: Place | Channel, pieces: Sequence[str], dice: Dice) -> Exchange:
    return where.exchange(SplitText(pieces, dice), escape_plain)


def _extend_name(case: Case, more: str) -> Case:
    return replace(case, name=f"{case.name}/{more}")


_GROUPS = (
    _every_kind,
    _every_place,
    _every_name,
    _every_spelling,
    _every_known,
    _every_split,
    _every_offset,
    _every_inner_escape,
    _every_wire,
    _every_mixture,
    _every_cut,
    _every_look_alike,
    _every_wording,
    _every_wording_of_2026,
)
