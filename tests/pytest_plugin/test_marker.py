"""The arguments of the marker: valid values, precedence, and errors."""

from __future__ import annotations

import pytest

from runreel.errors import UsageError
from runreel.pytest_plugin.marker import MarkerArguments, parse_markers

mark = pytest.mark.runreel

VALID = [
    ("no arguments", (), {}, MarkerArguments()),
    ("a name", ("checkout",), {}, MarkerArguments(name="checkout")),
    ("a name in a folder", ("shop/checkout",), {}, MarkerArguments(name="shop/checkout")),
    ("a name with its suffix", ("checkout.cassette",), {}, MarkerArguments(name="checkout")),
    ("a mode, as VCR calls it", (), {"mode": "new_episodes"}, MarkerArguments(mode="new_episodes")),
    ("a speed by name", (), {"speed": "recorded"}, MarkerArguments(speed="recorded")),
    ("a speed by number", (), {"speed": 4}, MarkerArguments(speed="4")),
    ("volatile fields", (), {"ignore": ["$.user"]}, MarkerArguments(ignore=("$.user",))),
    (
        "volatile texts",
        (),
        {"volatile": ["date", "time"], "patterns": ["a+"], "bind": ["$.nonce"]},
        MarkerArguments(volatile=("date", "time"), patterns=("a+",), bind=("$.nonce",)),
    ),
    ("hosts in a set", (), {"allowed_hosts": {"db"}}, MarkerArguments(allowed_hosts=("db",))),
    ("a flag that is off", (), {"block_network": False}, MarkerArguments(block_network=False)),
]


@pytest.mark.parametrize(
    ("why", "args", "kwargs", "expected"), VALID, ids=[row[0] for row in VALID]
)
def test_valid_arguments(
    why: str, args: tuple[str, ...], kwargs: dict[str, object], expected: MarkerArguments
) -> None:
    assert parse_markers([mark(*args, **kwargs).mark]) == expected


def test_the_nearest_marker_takes_precedence() -> None:
    nearest = mark("own", ignore=["$.user"]).mark
    of_the_class = mark(mode="auto", ignore=["$.metadata"]).mark
    of_the_module = mark("shared", mode="replay", upstream="http://127.0.0.1:9").mark
    assert parse_markers([nearest, of_the_class, of_the_module]) == MarkerArguments(
        name="own", mode="auto", upstream="http://127.0.0.1:9", ignore=("$.user",)
    )


def test_a_nearer_false_overrides_true() -> None:
    arguments = parse_markers([mark(block_network=False).mark, mark(block_network=True).mark])
    assert arguments.block_network is False


WRONG = [
    (
        "an unknown argument, with the most similar one",
        (),
        {"mod": "replay"},
        "no argument mod; did you mean mode?",
    ),
    ("an unknown argument", (), {"zzz": 1}, "no argument zzz; the arguments are name, mode,"),
    ("two positional arguments", ("a", "b"), {}, "one positional argument"),
    ("an unknown mode", (), {"mode": "rec"}, "mode must be one of replay, record, auto,"),
    ("a mode that is not text", (), {"mode": None}, "not None"),
    ("a way out of the folder", ("../etc",), {}, "name must be a name such as"),
    ("an absolute path", ("/etc/passwd",), {}, "name must be a name such as"),
    ("an empty name", ("",), {}, "name must be a name such as"),
    ("a name that is not text", (7,), {}, "not 7"),
    ("a flag that is text", (), {"strict": "yes"}, "strict must be True or False, not 'yes'"),
    ("an unknown order", (), {"order": "all"}, "order must be one of causal, any, strict"),
    ("one field instead of a list", (), {"ignore": "$.user"}, "ignore must be a list of strings"),
    ("a list of other things", (), {"ignore": ["$.user", 1]}, "ignore must be a list of strings"),
    ("a speed that is true", (), {"speed": True}, "speed must be 'instant', 'recorded' or"),
    ("an upstream that is empty", (), {"upstream": ""}, "upstream must be a non-empty string"),
]


@pytest.mark.parametrize(("why", "args", "kwargs", "message"), WRONG, ids=[row[0] for row in WRONG])
def test_errors(
    why: str, args: tuple[object, ...], kwargs: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError, match=r"@pytest\.mark\.runreel") as caught:
        parse_markers([mark(*args, **kwargs).mark])
    assert message in str(caught.value)


def test_all_errors_are_reported_together() -> None:
    with pytest.raises(UsageError) as caught:
        parse_markers([mark("", mode="x").mark, mark(stric=True).mark])
    assert str(caught.value).count(";") >= 2
