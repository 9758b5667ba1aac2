"""A secret is taken out of streams that no table describes, and put back byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from corpus.kinds import BY_NAME as KIND
from corpus.search import find_leftovers
from corpus.splits import SPLITS, Split, split_at
from corpus.stream_shapes import SHAPES, StreamShape
from corpus.values import Dice
from runreel.core.dialect import NO_CHANNELS
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.redact.marks import build_restoring_edits
from runreel.core.redact.texts.spans import apply_edits
from runreel.core.scan.scanner import LeakScanner
from runreel.dialects import find_dialect
from runreel.model import Answer, Exchange
from support.build import make_answer, make_exchange, make_request

pytestmark = pytest.mark.slow

_KINDS = ("openai-project-short", "github-personal", "google-api", "slack-bot", "anthropic-api")
_SEED = 17
_EVERY_NTH_OFFSET = 7
_RULES = Rules.build()
_REQUEST = make_request(target=b"/api/generate")
_CHANNELS = find_dialect(_REQUEST).channels


def iter_splits(length: int) -> Iterator[Split]:
    """Yield one character a piece, tokens, and two pieces at some offsets of the secret."""
    yield from (SPLITS["letters"], SPLITS["tokens"])
    yield from (split_at(place) for place in range(1, length, _EVERY_NTH_OFFSET))


def make_answer_of(body: bytes, shape: StreamShape) -> Answer:
    return make_answer(body, headers=((b"Content-Type", shape.media_type.encode()),))


def redact(body: bytes, shape: StreamShape, vault: Vault) -> Exchange:
    exchange = make_exchange(request=_REQUEST, answer=make_answer_of(body, shape))
    return Redactor(_RULES, vault).redact_exchange(exchange, _CHANNELS)


def restore(answer: Answer, vault: Vault) -> bytes:
    """Return the body with the values of this session in place of the placeholders."""
    values = {mark.placeholder: vault.get_value(mark.placeholder) for mark in answer.marks}
    known = {placeholder: value for placeholder, value in values.items() if value is not None}
    return apply_edits(answer.body, build_restoring_edits(answer.body, answer.marks, known))


def list_bodies(shape: StreamShape, secret: str) -> list[tuple[Sequence[str], bytes]]:
    """Return the pieces and the body of each split of a text with the secret."""
    dice = Dice(_SEED)
    texts = [
        split("Here it is: ", secret, " Keep it safe, please.", dice)
        for split in iter_splits(len(secret))
    ]
    return [(pieces, shape.write([*shape.build(pieces)])) for pieces in texts]


@pytest.mark.parametrize("kind", _KINDS)
@pytest.mark.parametrize("name", SHAPES)
def test_no_shape_and_no_split_hides_a_secret(name: str, kind: str) -> None:
    shape, dice = SHAPES[name], Dice(_SEED, f"{name} {kind}")
    secret, other = (KIND[kind].secret(dice).value for _ in range(2))
    scanner = LeakScanner(_RULES, max_body=1 << 20)
    for pieces, body in list_bodies(shape, secret):
        vault = Vault()
        clean = redact(body, shape, vault)
        texts = shape.list_texts([*shape.build(pieces)], clean.answer.body)
        joined = ("\0" if shape.is_repeated else "").join(texts)
        assert find_leftovers(secret, other, joined.encode()) == [], (pieces, joined)
        assert restore(clean.answer, vault) == body, pieces
        assert redact(clean.answer.body, shape, Vault()).answer.body == clean.answer.body, pieces
        for channels in (_CHANNELS, NO_CHANNELS):
            assert [*scanner.scan_answer(make_answer_of(body, shape), channels)], pieces
            assert [*scanner.scan_answer(clean.answer, channels)] == [], pieces
