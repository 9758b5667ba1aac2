"""Random streams, each made from a number: what the fast and the careful way of reading must share.

A stream repeats the templates of one or two events. Their members are constants, counters, ids of
many forms, numbers, pieces of texts, snapshots of texts that grow, and JSON in strings whose
escapes are cut at the borders of the pieces. The texts contain keys of all kinds of the corpus.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from corpus.kinds import KINDS
from corpus.values import Dice

_WORDS = ["the", "of", "river", "token:", "password=", "key", "card", "my", "at", "\\", '"', "é"]
_WORDS += ["\n", "😀", "<b>", "&amp;", "%2F", "data:", "4", "...", "tel.", "0.4533", "\t", "}"]
_COMMON_SECRETS = [
    "sk-test/canary-0001",
    "sk-proj-Zq7tWv2LpX9sKd4RmBf8T3BlbkFJnHc6YgUe1AoViQz5",
    "ghp_R8sTq2WvYx4Zb6Nc9Md1Lf3Kg5Hj7Pq0AaBb",
    "ann@example.org",
    "4242 4242 4242 4242",
    "hunter2-Swordfish9",
    "xk9_Qm4vT7bN2cR8wL5jH1fD6gS3",
]
_SECRETS = [Dice(kind.name).secret(kind.template).text for kind in KINDS if not kind.has_lines]
_NAMES = ["id", "type", "index", "text", "delta", "note", "name", "value", "password", "seq"]
_NAMES += ["created", "card", "noise", "x", "content", "message_id", "threadId", "arguments"]

_Value = Callable[[], object]


class RandomStream:
    """Makes one stream from a number."""

    def __init__(self, number: int) -> None:
        self._dice = random.Random(number)  # noqa: S311 - the same each time

    def make_body(self) -> bytes:
        """Return a stream of up to ten events, of up to two templates."""
        make_events = [self._make_object(2) for _ in range(self._dice.randint(1, 2))]
        frame, is_ascii = self._choose_frame(), self._dice.random() < 0.7
        return b"".join(
            frame(json.dumps(self._dice.choice(make_events)(), ensure_ascii=is_ascii).encode())
            for _ in range(self._dice.randint(1, 10))
        )

    def _choose_frame(self) -> Callable[[bytes], bytes]:
        dice, line_end = self._dice, self._dice.choice([b"\n", b"\n", b"\r\n"])
        frames: list[Callable[[bytes], bytes]] = [
            lambda data: b"data: %b%b" % (data, line_end * 2),
            lambda data: b"event: %b\ndata:%b\n\n" % (dice.choice([b"delta", b"end"]), data),
            lambda data: b"id: %d\ndata: %b\n\n" % (dice.getrandbits(30), data),
            lambda data: data + line_end,
            lambda data: data,
            lambda data: dice.choice([b"data: %b\n\n" % data, b": ping\n\n", b"data: [DONE]\n\n"]),
            lambda data: b"data: %b\n\n" % data[1:-1],
        ]
        return dice.choices(frames, weights=[6, 2, 1, 3, 1, 1, 1])[0]

    def _make_object(self, depth: int) -> _Value:
        names = self._dice.sample(_NAMES, self._dice.randint(1, 5))
        members = {name: self._make_value(depth - 1) for name in names}
        return lambda: {name: make() for name, make in members.items()}

    def _make_value(self, depth: int) -> _Value:
        dice, constant = self._dice, self._make_text()
        if depth and dice.random() < 0.2:
            return self._make_object(depth)
        pieces, snapshots = self._iter_pieces(), self._iter_snapshots()
        escaped, counter = self._iter_escaped(), iter(range(dice.randrange(10**6), 10**8))
        makers: list[_Value] = [
            lambda: constant,
            lambda: constant,
            lambda: next(counter),
            lambda: dice.choice(["a", "b", None, True, 7, "sk-"]),
            self._make_id,
            self._make_number,
            lambda: next(pieces),
            lambda: next(pieces),
            lambda: next(snapshots),
            lambda: next(escaped),
            self._make_text,
            lambda: [constant, self._make_text()],
            lambda: {"role": "user", "content": [{"text": next(pieces)}]},
            self._choose_secret,
        ]
        return dice.choice(makers)

    def _make_id(self) -> str:
        bits = self._dice.getrandbits
        return self._dice.choice(
            [f"msg_{bits(90):024x}", f"{bits(32):08x}-{bits(16):04x}", f"run--{bits(60)}"]
        )

    def _make_number(self) -> object:
        dice = self._dice
        makers: list[_Value] = [
            dice.random,
            lambda: dice.getrandbits(63),
            lambda: -dice.random() * 1e-7,
            lambda: int(dice.choice(["4242424242424242", "4155550132", "12345678"])),
        ]
        return dice.choice(makers)()

    def _choose_secret(self) -> str:
        return self._dice.choice(_COMMON_SECRETS if self._dice.random() < 0.5 else _SECRETS)

    def _make_text(self) -> str:
        words = self._dice.choices(_WORDS, k=self._dice.randint(0, 4))
        if self._dice.random() < 0.3:
            words.insert(self._dice.randint(0, len(words)), self._choose_secret())
        return " ".join(words)

    def _iter_pieces(self, escape: Callable[[str], str] = str) -> Iterator[str]:
        """Yield the pieces of an endless text."""
        rest = ""
        while True:
            rest = rest or escape(f"{self._make_text()} {self._make_text()} ")
            size = self._dice.randint(0, 20)
            yield rest[:size]
            rest = rest[size:]

    def _iter_snapshots(self) -> Iterator[str]:
        """Yield a text that grows."""
        text = ""
        for piece in self._iter_pieces():
            text += piece
            yield text

    def _iter_escaped(self) -> Iterator[str]:
        """Yield the pieces of JSON in strings, cut also in the middle of an escape."""
        return self._iter_pieces(lambda text: json.dumps({"text": text}))
