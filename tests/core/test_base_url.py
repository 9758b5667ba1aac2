"""Base URLs of clients that do not fit the upstream."""

from __future__ import annotations

import pytest

from runreel.core.base_url import explain_base_url, find_other_prefix, find_version

BASE = "http://127.0.0.1:7357"


def explain(
    upstream: str, target: bytes, base: str, *, is_known_api: bool, is_refused: bool = True
) -> str | None:
    return explain_base_url(
        upstream, target, base, is_known_api=is_known_api, is_refused=is_refused
    )


MISTAKES = [
    ("/v1 twice", "https://a.test/v1", "/v1/chat/completions", f"{BASE}, without /v1"),
    ("a longer base path", "https://a.test/openai/v1", "/v1/models", f"{BASE}, without /v1"),
    ("all of it", "https://a.test/openai/v1", "/openai/v1/models?x", f"{BASE}, without /openai/v1"),
    ("no version", "https://a.test/api", "/api/x", f"{BASE}, without /api"),
    ("the client's library adds it", "https://a.test", "/v1/v1/messages", f"{BASE}, without /v1"),
    ("no version at all", "https://a.test", "/chat/completions", f"{BASE}/v1"),
]


@pytest.mark.parametrize(
    ("upstream", "target", "advice"), [r[1:] for r in MISTAKES], ids=[r[0] for r in MISTAKES]
)
def test_a_mistake_is_explained_with_the_right_base_url(
    upstream: str, target: str, advice: str
) -> None:
    hint = explain(upstream, target.encode(), BASE, is_known_api=True)
    assert hint is not None
    assert advice in hint


CORRECT = [
    ("as it should be", "https://a.test", "/v1/chat/completions"),
    ("with the base path", "https://a.test/v1", "/chat/completions"),
    ("part of a word", "https://a.test/v1", "/v1beta/models"),
    ("later in the path", "https://a.test/v1", "/x/v1"),
    ("a version elsewhere", "https://a.test", "/openai/v1/responses"),
    ("an id twice", "https://a.test", "/threads/threads"),
    ("the root", "https://a.test/v1", "/"),
]


@pytest.mark.parametrize(
    ("upstream", "target"), [r[1:] for r in CORRECT], ids=[r[0] for r in CORRECT]
)
def test_other_errors_have_other_reasons(upstream: str, target: str) -> None:
    known = "threads/threads" not in target
    assert explain(upstream, target.encode(), BASE, is_known_api=known) is None


def test_an_unknown_api_may_have_no_version() -> None:
    assert explain("https://a.test", b"/search", BASE, is_known_api=False) is None


def test_the_text_of_a_host_header_is_not_repeated() -> None:
    hint = explain("https://a.test/v1", b"/v1/x", "http://sk-1 2", is_known_api=False)
    assert hint is not None
    assert "sk-1" not in hint
    session = explain("http://a/v1", b"/v1/x", f"{BASE}/@a.b", is_known_api=False)
    assert f"{BASE}/@a.b, without /v1" in str(session)


PREFIXES = [
    ("/chat/completions", "/v1/chat/completions", "/v1"),
    ("/v1/chat/completions", "/chat/completions", "/v1"),
    ("/x", "/openai/v1/x", "/openai/v1"),
    ("/v1/x", "/v1/v1/x", "/v1"),
    ("/x", "/a/x", ""),
    ("/x", "/v1", ""),
    ("/x", "/x", ""),
]


@pytest.mark.parametrize(("recorded", "sent", "prefix"), PREFIXES)
def test_the_prefix_by_which_paths_differ(recorded: str, sent: str, prefix: str) -> None:
    assert find_other_prefix(recorded, sent) == prefix


VERSIONS = [
    ("https://a.test/openai/v1", "/v1"),
    ("https://a.test/v1beta", "/v1beta"),
    ("https://a.test", ""),
    ("https://a.test/api/projects/p", ""),
    ("", ""),
]


@pytest.mark.parametrize(("url", "version"), VERSIONS)
def test_the_version_at_the_end_of_a_url(url: str, version: str) -> None:
    assert find_version(url) == version


ACCEPTED = [
    ("/v1 twice", "https://a.test/v1", b"/v1/models", True),
    ("in one path", "https://a.test", b"/v1/v1/models", True),
    ("another word twice", "https://a.test/api", b"/api/x", False),
    ("no version", "https://a.test", b"/models", False),
]


@pytest.mark.parametrize(
    ("upstream", "target", "noticed"), [r[1:] for r in ACCEPTED], ids=[r[0] for r in ACCEPTED]
)
def test_of_an_accepted_request_only_a_version_twice_is_noticed(
    upstream: str, target: bytes, noticed: bool
) -> None:
    hint = explain(upstream, target, BASE, is_known_api=True, is_refused=False)
    assert (hint is not None) is noticed
