"""Redacting a cassette again: completely or not at all, and only where a secret is found."""

from __future__ import annotations

import os
import stat
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from runreel.core.cassette import Codec, encode_exchange, encode_retraction
from runreel.core.redact import Rules
from runreel.core.scan import LeakScanner
from runreel.dialects import find_dialect
from runreel.errors import CassetteError, CassetteLockedError, CorruptCassetteError, StoreError
from runreel.model import Exchange, LedgerEntry
from runreel.shell.store import CassetteReader, CassetteWriter
from runreel.shell.store.redact_file import CassetteRedactor, RedactAgainResult
from runreel.shell.store.scan_file import scan_file
from support.build import (
    make_answer,
    make_cassette,
    make_exchange,
    make_head,
    make_header,
    make_request,
)
from support.secrets import KEY, MAIL

RULES = Rules.build()
SPLIT = [b'data: {"text": "%s"}\n\n' % part.encode() for part in (KEY[:9], KEY[9:20], KEY[20:])]


def exchange(number: int, *chunks: bytes, target: bytes = b"/v1/x", session: str = "s") -> Exchange:
    answer = make_answer(*chunks) if chunks else make_answer()
    return make_exchange(
        number, request=make_request(target=target), answer=answer, session=session
    )


LEAKY = [
    exchange(1, f"mail {MAIL}, later named: {KEY}x".encode()),
    exchange(2, *SPLIT, target=f"/v1/x?api_key={KEY}".encode()),
    exchange(3),
    exchange(4, f"{MAIL} REDACTED-email-1@redacted.invalid".encode(), session="t"),
]
RECORDS = [encode_exchange(each) for each in LEAKY]
WHOLE = make_cassette(*RECORDS, encode_retraction(1), header=make_header(upstream="http://h/v1"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "x.cassette"
    path.write_bytes(WHOLE)
    path.chmod(0o640)
    return path


def redact_again(
    path: Path, *, only_check: bool = False, rules: Rules = RULES
) -> RedactAgainResult:
    return CassetteRedactor(rules, find_dialect, max_body=100_000).redact_again(
        path, only_check=only_check
    )


def read_all(path: Path) -> list[Exchange]:
    with CassetteReader.open(path) as reader:
        return [reader.read_exchange(head.number) for head in reader.heads]


def test_every_secret_is_replaced_and_nothing_else_changes(path: Path) -> None:
    result = redact_again(path)
    data = path.read_bytes()
    assert (result.exchanges, result.changed) == (4, 4)
    assert result.replaced["openai-api-key"] >= 2
    assert result.replaced["email"] == 2
    assert KEY.encode() not in data
    assert MAIL.encode() not in data
    scan = scan_file(path, LeakScanner(RULES, max_body=100_000), RULES.digest, find_dialect)
    assert (scan.findings, scan.outdated) == ([], 0)
    with CassetteReader.open(path) as reader:
        assert reader.retractions == 1
        assert reader.header == make_header(upstream="http://h/v1")
    for before, after in zip(LEAKY[1:], read_all(path), strict=True):
        assert (after.head.number, after.head.session) == (before.head.number, before.head.session)
        assert after.head.timings == before.head.timings
        assert after.head.end == before.head.end
        times = [(frame.dt_us, frame.end_of_chunk) for frame in before.answer.frames]
        assert [(frame.dt_us, frame.end_of_chunk) for frame in after.answer.frames] == times
    assert read_all(path)[1].answer == LEAKY[2].answer


@pytest.mark.parametrize("version", [1, 2])
def test_the_file_keeps_its_version(path: Path, version: int) -> None:
    records = (encode_exchange(each, version=version) for each in LEAKY[1:])
    path.write_bytes(make_cassette(*records, header=replace(make_header(), version=version)))
    redact_again(path)
    with CassetteReader.open(path) as reader:
        assert reader.header.version == version
    assert KEY.encode() not in path.read_bytes()
    assert (b"columns" in path.read_bytes()) == (version == 2)


def test_a_secret_that_is_identified_last_is_replaced_everywhere(path: Path) -> None:
    """In exchange 1 more characters follow the key, so that no rule matches it there."""
    path.write_bytes(make_cassette(*RECORDS))
    redact_again(path)
    assert b"later named: REDACTED-" in read_all(path)[0].answer.body


def test_placeholders_in_the_file_are_not_reused_for_other_values(path: Path) -> None:
    redact_again(path)
    body = read_all(path)[-1].answer.body
    assert body == b"REDACTED-email-2@redacted.invalid REDACTED-email-1@redacted.invalid"


def test_a_second_time_does_not_replace_the_file(path: Path) -> None:
    redact_again(path)
    data, status = path.read_bytes(), path.stat()
    again = redact_again(path)
    assert (again.changed, again.has_changes, dict(again.replaced)) == (0, False, {})
    assert path.read_bytes() == data
    assert path.stat().st_ino == status.st_ino


def test_a_file_in_which_nothing_is_found_is_untouched_under_other_rules(path: Path) -> None:
    head = make_head(ruleset="names-of-old", ledger=(LedgerEntry("a", "b", 1),) * 2)
    path.write_bytes(make_cassette(encode_exchange(make_exchange(head=head))))
    before, data = path.stat(), path.read_bytes()
    assert not redact_again(path).has_changes
    after = path.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert path.read_bytes() == data


def test_all_exchanges_get_the_new_rule_set_if_something_is_found(path: Path) -> None:
    old = make_exchange(head=make_head(ruleset="names-of-old"))
    path.write_bytes(make_cassette(*map(encode_exchange, (old, exchange(2, MAIL.encode())))))
    assert redact_again(path).changed == 2
    assert [each.head.ruleset for each in read_all(path)] == 2 * [RULES.digest]
    assert not redact_again(path).has_changes


def test_a_check_does_not_write(path: Path) -> None:
    assert redact_again(path, only_check=True).changed == 4
    assert path.read_bytes() == WHOLE
    assert os.listdir(path.parent) == [path.name]


def test_compression_and_permissions_stay(path: Path) -> None:
    path.write_bytes(make_cassette(encode_exchange(LEAKY[1], codec=Codec.ZLIB)))
    redact_again(path)
    assert b"zlib" in path.read_bytes()
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert os.listdir(path.parent) == [path.name], "no lock and no copy is left"
    assert KEY.encode() not in read_all(path)[0].answer.body


def test_a_secret_in_the_upstreams_url_is_replaced(path: Path) -> None:
    path.write_bytes(make_cassette(header=make_header(upstream=f"https://h/{KEY}/v1")))
    assert redact_again(path).is_header_changed
    with CassetteReader.open(path) as reader:
        assert reader.header.upstream == "https://h/REDACTED-openai-api-key-1/v1"
    assert not redact_again(path).has_changes


def test_more_secrets_than_can_be_searched_for_are_refused_and_nothing_changes(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.core.redact.vault.MAX_NEW_VALUES", 1)
    keys = f"{KEY} {KEY[:-4]}zzzz {KEY[:-4]}yyyy"
    path.write_bytes(make_cassette(RECORDS[2], encode_exchange(exchange(5, keys.encode()))))
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"^exchange 5: more than 1 different.*limits.max_body"):
        redact_again(path)
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("room", [0, 1 << 20], ids=["nothing is kept", "all is kept"])
def test_what_an_earlier_pass_made_is_used_only_if_no_more_values_are_known(
    path: Path, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runreel.core.record.sealing_passes._MAX_KEPT", room)
    plain = exchange(1, KEY.encode()[:20] + b" is no key by itself")
    named = exchange(2, target=b"/v1/x?api_key=" + KEY.encode()[:20])
    path.write_bytes(make_cassette(*map(encode_exchange, (plain, named))))
    redact_again(path)
    assert KEY.encode()[:20] not in path.read_bytes()
    assert not redact_again(path).has_changes


REJECTED = [
    ("a torn tail", WHOLE[:-3], "verify --repair"),
    ("damage", make_cassette(RECORDS[0], b"junk", RECORDS[2]), "verify --repair"),
    ("a damaged answer", WHOLE.replace(SPLIT[0], SPLIT[0][::-1], 1), "verify --repair"),
    ("not a cassette", b"hello", "not a cassette"),
]


@pytest.mark.parametrize(
    ("data", "advice"), [c[1:] for c in REJECTED], ids=[c[0] for c in REJECTED]
)
def test_a_damaged_cassette_is_rejected_and_not_changed(
    data: bytes, advice: str, path: Path
) -> None:
    path.write_bytes(data)
    with pytest.raises(CorruptCassetteError, match=advice):
        redact_again(path)
    assert path.read_bytes() == data


def test_a_cassette_that_is_being_written_is_rejected(path: Path) -> None:
    with closing(CassetteWriter.append_to(path)), pytest.raises(CassetteLockedError):
        redact_again(path)


def test_a_missing_cassette_and_a_symbolic_link_are_rejected(path: Path) -> None:
    link = path.with_name("link.cassette")
    link.symlink_to(path)
    with pytest.raises(StoreError, match="symbolic link"):
        redact_again(link)
    with pytest.raises(CassetteError, match="no cassette at"):
        redact_again(path.with_name("none.cassette"))
    assert path.read_bytes() == WHOLE


def test_a_failed_write_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StoreError, match="No space left"):
        redact_again(path)
    assert path.read_bytes() == WHOLE
    assert os.listdir(path.parent) == [path.name]


def test_the_temporary_file_of_a_killed_process_is_removed(path: Path) -> None:
    path.with_name("x.cassette.redacted").write_bytes(b"half")
    redact_again(path)
    assert os.listdir(path.parent) == [path.name]
