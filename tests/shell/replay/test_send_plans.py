"""Scripts: what is sent of each exchange, by the settings of one session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from runreel.core.cassette import encode_exchange
from runreel.core.redact import Redactor, Rules, Vault
from runreel.core.replay.restore import Bindings
from runreel.core.replay.send_plan import SendPlan
from runreel.dialects import find_dialect
from runreel.errors import RunreelError
from runreel.model import Exchange, OmittedReason
from runreel.shell.replay import send_plans as module
from runreel.shell.replay.send_plans import SendPlans
from runreel.shell.store import CassetteReader
from support.build import make_answer, make_cassette, make_exchange, make_request

PATIENT = make_answer(
    b"a", b"b", headers=((b"Retry-After", b"9"), (b"Transfer-Encoding", b"chunked"))
)


@contextmanager
def scripts(
    path: Path,
    *exchanges: Exchange,
    bindings: Bindings | None = None,
    settings: Mapping[str, bool] | None = None,
) -> Iterator[tuple[SendPlans, CassetteReader]]:
    path.write_bytes(make_cassette(*map(encode_exchange, exchanges)))
    chosen = {"at_once": False, "shorten_waits": False, "outcome_headers": False}
    with CassetteReader.open(path) as reader:
        yield SendPlans(reader, bindings, find_dialect, **{**chosen, **(settings or {})}), reader


def sent(script: SendPlan) -> bytes:
    return b"".join(cue.data for cue in script.pieces)


SETTINGS = [
    ("as it was recorded", {}, 4, [b"Retry-After: 9"], [b"x-runreel"]),
    ("at once", {"at_once": True}, 1, [b"Retry-After: 9"], []),
    ("without waits", {"shorten_waits": True}, 4, [b"Retry-After: 0"], []),
    (
        "with what became of it",
        {"outcome_headers": True},
        4,
        [b"x-runreel-outcome: replayed", b"x-runreel-exchange: 1"],
        [],
    ),
]


@pytest.mark.parametrize(
    ("why", "settings", "cues", "there", "not_there"), SETTINGS, ids=[row[0] for row in SETTINGS]
)
def test_what_the_settings_change(
    tmp_path: Path,
    why: str,
    settings: dict[str, bool],
    cues: int,
    there: list[bytes],
    not_there: list[bytes],
) -> None:
    with scripts(tmp_path / "c", make_exchange(answer=PATIENT), settings=settings) as (
        made,
        reader,
    ):
        script = made.get(reader.heads[0], http10=False, keep_alive=True)
    assert len(script.pieces) == cues
    assert all(text in sent(script) for text in there)
    assert not any(text in sent(script) for text in not_there)


def test_it_is_prepared_once_for_each_kind_of_request(tmp_path: Path) -> None:
    with scripts(tmp_path / "c", make_exchange(answer=PATIENT)) as (made, reader):
        [head] = reader.heads
        once = made.get(head, http10=False, keep_alive=True)
        assert made.get(head, http10=False, keep_alive=True) is once
        assert sent(made.get(head, http10=True, keep_alive=False)) != sent(once)


def test_of_large_answers_the_last_one_is_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_CACHED_ANSWER", 1)
    exchanges = [make_exchange(number, answer=PATIENT) for number in (1, 2)]
    with scripts(tmp_path / "c", *exchanges) as (made, reader):
        one, two = reader.heads
        first = made.get(one, http10=False, keep_alive=True)
        assert made.get(one, http10=False, keep_alive=True) is first
        made.get(two, http10=False, keep_alive=True)
        assert made.get(one, http10=False, keep_alive=True) is not first


def test_an_answer_that_was_not_kept_cannot_be_played(tmp_path: Path) -> None:
    gone = make_exchange(answer=make_answer(omitted=OmittedReason.MAX_BODY))
    with (
        scripts(tmp_path / "c", gone) as (made, reader),
        pytest.raises(
            RunreelError, match=r"exchange 1 of .* without its answer's body: .*max_body"
        ),
    ):
        made.get(reader.heads[0], http10=False, keep_alive=True)


def test_what_the_client_says_takes_the_place_of_placeholders_from_then_on(tmp_path: Path) -> None:
    def saying(mail: str) -> Exchange:
        request = make_request(body=b'{"to": "%s"}' % mail.encode())
        return make_exchange(
            request=request, answer=make_answer(b"data: hello %s\n\n" % mail.encode())
        )

    rules = Rules.build()
    live = saying("ann.lee@example.org")
    channels = find_dialect(live.head.request).channels
    stored = Redactor(rules, Vault()).redact_exchange(live, channels)
    vault = Vault()
    bindings, redactor = Bindings(vault), Redactor(rules, vault)
    with scripts(tmp_path / "c", stored, bindings=bindings) as (made, reader):
        [head] = reader.heads
        assert b"hello REDACTED-email-1" in sent(made.get(head, http10=False, keep_alive=True))
        for mail in ("zoe@example.net", "yan@example.net"):
            request = redactor.redact_request(saying(mail).head.request).request
            bindings.bind(head.request, request)
            said = sent(made.get(head, http10=False, keep_alive=True))
            assert b"hello %s" % mail.encode() in said
