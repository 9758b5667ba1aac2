from __future__ import annotations

import json

import pytest

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.markup import find_in_markup
from runreel.core.redact.finders.name_lookup import NameLookup
from runreel.core.redact.texts.text import Text, TextKind

NAMES = NameLookup(Rules.build())


def find(body: str, kind: TextKind = TextKind.PLAIN) -> list[tuple[str, str]]:
    data = body.encode()
    credentials = find_in_markup(Text(data, kind), NAMES.find_member_field)
    return [(data[each.start : each.end].decode(), each.value.decode()) for each in credentials]


MARKUP = [
    ("an element", "<Password>tiger-41</Password>"),
    ("with a namespace and attributes", '<w:Password Type="a#b">tiger-41</w:Password>'),
    ("with white space", "<password>\n  tiger-41\n</password>"),
    ("as CDATA", "<ApiKey><![CDATA[tiger-41]]></ApiKey>"),
    ("an attribute", '<user name="ann" password="tiger-41"/>'),
    ("an attribute in single quotes", "<user password = 'tiger-41'>"),
    ("a setting", '<add key="ApiKey" value="tiger-41"/>'),
    ("the value first", '<add value="tiger-41" key="ApiKey"/>'),
    ("a property", '<property name="db.password">tiger-41</property>'),
    ("a string of Android", '<string name="api_key">tiger-41</string>'),
    ("a form's field", '<input type="password" name="p" value="tiger-41">'),
    ("a field by its name", '<input type="hidden" name="csrf_token" value="tiger-41">'),
    ("a property list", "<key>Password</key>\n\t<string>tiger-41</string>"),
    ("Hadoop", "<name>fs.secret.key</name><value>tiger-41</value>"),
    ("a scheme is left out", "<Authorization>Bearer tiger-41</Authorization>"),
]


@pytest.mark.parametrize(("reason", "markup"), MARKUP, ids=[c[0] for c in MARKUP])
def test_credentials_in_markup(reason: str, markup: str) -> None:
    assert find(f"<r>{markup}</r>") == [("tiger-41", "tiger-41")]
    for depth in (1, 2):
        body: object = f"<r>{markup}</r>"
        for _ in range(depth):
            body = json.dumps({"a": body})
        assert set(find(str(body), TextKind.JSON)) == {("tiger-41", "tiger-41")}, depth


HARMLESS = [
    ("another name", "<user>tiger-41</user>"),
    ("a name that needs evidence", '<key>tiger-41</key><token>the</token><item key="tiger-41"/>'),
    ("a type", "<password>string</password>"),
    ("a placeholder for the reader", "Enter <password> and press return."),
    ("a list of names", "<name>password</name><name>tiger-41</name>"),
    ("an element with elements", "<password><min>8</min></password>"),
    ("a field without a value", '<input type="password" name="password" placeholder="tiger-41">'),
    ("a comparison", "if a <b and password> c: tiger-41 </"),
    ("a shortcut of HTML", '<a href="x.html" accesskey="tiger-41">Up</a>'),
    ("no markup", "1 < 2"),
]


@pytest.mark.parametrize(("reason", "markup"), HARMLESS, ids=[c[0] for c in HARMLESS])
def test_markup_without_credentials(reason: str, markup: str) -> None:
    assert find(markup) == []


def test_entities_are_part_of_the_value() -> None:
    assert find("<password>a&amp;b-41</password>") == [("a&amp;b-41", "a&b-41")]


def test_brackets_may_be_escaped_in_json() -> None:
    body = r'{"a": "\u003cpassword\u003etiger-41\u003c/password\u003e"}'
    assert find(body, TextKind.JSON) == [("tiger-41", "tiger-41")]


def test_a_string_without_escapes_is_read_as_it_is() -> None:
    assert find("<password>tiger-41</password>", TextKind.JSON_STRING) == [("tiger-41", "tiger-41")]


@pytest.mark.parametrize("part", ["<a ", "<a x=", "<password>", "<a b='", '<a key="password" '])
def test_a_long_text_takes_no_time(part: str) -> None:
    """Quadratic time would be minutes here."""
    find(part * 50_000)
