from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runreel.core.redact.finders.bodies import find_in_json
from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.texts.text import Text, TextKind

NAMES = NameLookup(Rules.build())
SECRET = "tiger-41"
RANDOM = "aB3dE5fG7hJ9kL1m" * 2


def find(body: str) -> list[str]:
    data = body.encode()
    credentials = find_in_json(Text(data, TextKind.PLAIN), NAMES.find_member_field)
    return [data[each.start : each.end].decode() for each in credentials]


PAIRS = [
    ("Kubernetes", '{"env":[{"name":"DB_PASSWORD","value":"~"}]}'),
    ("Postman", '{"key": "client_secret", "value": "~", "type": "string"}'),
    ("with capitals", '{"Name": "DbPassword", "Type": "String", "Value": "~"}'),
    ("with members between", '{"name":"db_pwd","on":true,"n":1,"x":null,"value":"~"}'),
    ("the value first", '{"value": "~", "name": "DB_PASSWORD"}'),
    ("the value first, not next to it", '{"value":"~","a":"b\\"c","n":1,"name":"DB_PASSWORD"}'),
    ("after other pairs", '[{"name":"A","value":"b"},{"name":"PASSWORD","value":"~"}]'),
    ("OpenTelemetry", '{"key":"db.password","value":{"stringValue":"~"}}'),
    ("a scheme is left out", '{"name": "Authorization", "value": "Bearer ~"}'),
    ("a number", '{"name": "otp", "value": ~482913~}'),
    ("rows", '{"headers":[["Accept","*/*"],["X-Api-Key","~"]]}'),
    ("a row with a scheme", '[["Authorization","Bearer ~"]]'),
    ("cookies", '{"cookies":[{"name":"theme","value":"~","path":"/"}]}'),
    ("cookies as an object", '{"cookies": {"theme": "~"}}'),
    ("cut off in the value", '{"name": "DB_PASSWORD", "value": "~'),
    ("in a string of JSON", r'{"arguments": "[{\"name\": \"DB_PASSWORD\", \"value\": \"~\"}]"}'),
    ("a name that needs evidence", '{"name": "PINECONE_KEY", "value": "%"}'),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "body"), PAIRS, ids=[c[0] for c in PAIRS])
def test_the_value_beside_a_name(reason: str, body: str) -> None:
    secret = RANDOM if "%" in body else "482913" if "~482" in body else SECRET
    text = body.replace("~482913~", "482913").replace("~", SECRET).replace("%", RANDOM)
    assert find(text) == [secret]


HARMLESS = [
    ("the JSON schema of a tool", '{"name": "password", "type": "string", "value": "string"}'),
    ("a name without a value", '{"name": "DB_PASSWORD", "default": "tiger-41"}'),
    ("the value of another object", '[{"name": "DB_PASSWORD"}, {"value": "tiger-41"}]'),
    ("the value of an object before", '[{"value": "tiger-41"}, {"name": "DB_PASSWORD"}]'),
    ("a filter", '{"type": "eq", "key": "topic", "value": "password-41"}'),
    ("metadata", '{"key": "department", "value": "tiger-41"}'),
    ("a name that needs evidence", '{"name": "key", "value": "tiger-41"}'),
    ("a list of required fields", '{"required": ["password", "api_key"]}'),
    ("a list of such lists", '{"anyOf": [["password", "user"], ["secret", "api_key"]]}'),
    ("a row of three", '[["password", "tiger-41", "x"]]'),
    ("a text block", '{"type": "text", "name": "token", "text": {"value": "Hello there"}}'),
    ("a tool's answer", '{"role": "tool", "name": "get_api_key", "content": "tiger-41"}'),
]


@pytest.mark.parametrize(("reason", "body"), HARMLESS, ids=[c[0] for c in HARMLESS])
def test_values_that_no_name_announces(reason: str, body: str) -> None:
    assert find(body) == []


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text('ab"\\,:{}', max_size=5)


@given(
    st.dictionaries(st.sampled_from("abcdef"), SCALARS, max_size=5),
    st.permutations(["name", "value", "rest"]),
    st.integers(0, 2),
)
def test_a_pair_is_found_in_any_order(
    rest: dict[str, object], order: list[str], depth: int
) -> None:
    parts: dict[str, dict[str, object]] = {
        "name": {"name": "DB_PASSWORD"},
        "value": {"value": SECRET},
        "rest": rest,
    }
    tree: object = [{"x": {}}, {key: each for part in order for key, each in parts[part].items()}]
    for _ in range(depth):
        tree = {"arguments": json.dumps(tree)}
    assert find(json.dumps(tree)) == [SECRET]


def test_many_names_take_no_time() -> None:
    """Quadratic time would be minutes here."""
    for body in ('{"name":"password",' * 20_000, '{"value":"x","name":"password",' * 20_000):
        find(body)
