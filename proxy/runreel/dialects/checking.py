"""Checking a JSON object against a msgspec Struct, so that all of its problems are found.

``msgspec.convert`` stops at the first error, drops unknown fields and quotes the offending value;
here the same declarations (types, ``Meta`` constraints, tags) are walked field by field instead. A
value of the right type that breaks a limit, or is none of the documented choices, is kept, since
servers are often laxer than their documentation; one that fits no declared type is kept in its
parent's ``extra``, as unknown fields are.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import msgspec
from msgspec import inspect as schema

from runreel.model import Problem

MAX_PROBLEMS: Final = 100
"""A body may break a rule in each of a million items; so many are listed, the rest are counted."""

_SHOWN_NAME: Final = 64
"""Characters of a sender's own field name that a path repeats."""


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all checked objects."""

    extra: Mapping[str, object] = {}
    """Fields that are not documented, and those whose value fits no documented type, as sent."""


_Fields = TypeVar("_Fields", bound=Fields)


def check(cls: type[_Fields], value: dict[str, object]) -> tuple[_Fields | None, list[Problem]]:
    """Read the object as ``cls``; None where a required field is missing or fits no type.

    The problems name the place (``tools[3].function.name``) and the rule, never the value.
    """
    checker = _Checker()
    found = checker.check(_fields_of(cls), value, "")
    return (found if isinstance(found, cls) else None), checker.finish()


class _Reads(NamedTuple):
    """Which JSON values a declared type reads."""

    name: str
    types: tuple[type, ...]


_READS: Final[Mapping[type[schema.Type], _Reads]] = {
    schema.StrType: _Reads("a string", (str,)),
    schema.LiteralType: _Reads("a string", (str,)),
    schema.BoolType: _Reads("a boolean", (bool,)),
    schema.IntType: _Reads("an integer", (int,)),
    schema.FloatType: _Reads("a number", (int, float)),
    schema.VarTupleType: _Reads("an array", (list,)),
    schema.DictType: _Reads("an object", (dict,)),
    schema.StructType: _Reads("an object", (dict,)),
    schema.NoneType: _Reads("null", (type(None),)),
    schema.CustomType: _Reads("any value", (str, bool, int, float, list, dict, type(None))),
}

_SENT: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def _itself(value: object) -> object:
    return value


def _lacks_form(value: str, pattern: str) -> bool:
    return re.fullmatch(pattern, value) is None


class _Limit(NamedTuple):
    """One kind of constraint: what of a value it measures, when it is broken, what to say."""

    constraint: str
    measure: Callable[..., object]
    breaks: Callable[..., bool]
    message: str


_LIMITS: Final = (
    _Limit("ge", _itself, operator.lt, "is less than {}, the documented minimum"),
    _Limit("le", _itself, operator.gt, "is more than {}, the documented maximum"),
    _Limit("min_length", len, operator.lt, "has fewer than {} {}, the documented minimum"),
    _Limit("max_length", len, operator.gt, "has more than {} {}, the documented maximum"),
    _Limit("pattern", _itself, _lacks_form, "does not have the documented form {}"),
)

_UNITS: Final[Mapping[type, str]] = {str: "characters", list: "items", dict: "pairs"}

_UNFIT: Final = object()
"""Stands for a value that fits no declared type."""


class _Checker:
    """One walk over one object, and what is wrong with it."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._unlisted = 0

    def finish(self) -> list[Problem]:
        if self._unlisted:
            return [*self._problems, Problem("body", f"has {self._unlisted} more problems")]
        return self._problems

    def check(self, declared: _Declared, value: object, path: str) -> object:
        kind = declared.kinds.get(type(value))
        if kind is None:
            self.say(path, f"must be {declared.names}, not {_SENT[type(value)]}")
            return _UNFIT
        if kind.bounds:
            self.limit(kind.bounds, value, path)
        return value if kind.read is None else kind.read(self, value, path)

    def limit(self, bounds: Iterable[_Bound], value: object, path: str, subject: str = "") -> None:
        for (_, measure, breaks, message), allowed in bounds:
            if breaks(measure(value), allowed):
                self.say(path, subject + message.format(allowed, _UNITS.get(type(value), "")))

    def say(self, path: str, message: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(path, message))
        else:
            self._unlisted += 1


_Bound: TypeAlias = tuple[_Limit, object]
"""A limit, and what a declaration sets it to."""


class _Kind(NamedTuple):
    """How values of one JSON type are read."""

    bounds: Sequence[_Bound]
    read: Callable[[_Checker, Any, str], object] | None
    """None where they are taken as they are."""


class _Declared(NamedTuple):
    """A declared type, made ready for many walks."""

    names: str
    kinds: Mapping[type, _Kind]


class _Choices(NamedTuple):
    """Strings of which one must be given."""

    values: Sequence[object]

    def read(self, checker: _Checker, value: str, path: str) -> object:
        if value not in self.values:
            checker.say(path, f"must be one of: {', '.join(map(str, self.values))}")
        return value


class _Items(NamedTuple):
    """An array."""

    item: _Declared

    def read(self, checker: _Checker, value: list[object], path: str) -> object:
        items = [
            checker.check(self.item, item, f"{path}[{place}]") for place, item in enumerate(value)
        ]
        return _UNFIT if _UNFIT in items else tuple(items)


class _Pairs(NamedTuple):
    """An object whose names are free."""

    bounds: Sequence[_Bound]
    """Of the names."""
    item: _Declared

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        found: dict[str, object] = {}
        for name, item in value.items():
            place = _inside(path, name)
            checker.limit(self.bounds, name, place, subject="its name ")
            found[name] = checker.check(self.item, item, place)
        return _UNFIT if _UNFIT in found.values() else found


class _Object(NamedTuple):
    """An object with declared fields."""

    cls: type
    tag_field: str | None
    fields: Mapping[str, _Declared]
    required: Mapping[str, None]
    """In the order of their declaration."""

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        fitting: dict[str, object] = {}
        extra: dict[str, object] = {}
        for name, item in value.items():
            if name != self.tag_field:
                found = self._field(checker, name, item, _inside(path, name))
                if found is _UNFIT:
                    extra[name] = item
                else:
                    fitting[name] = found
        if self.required.keys() <= fitting.keys():
            return self.cls(**fitting, extra=extra)
        for name in (name for name in self.required if name not in value):
            checker.say(_inside(path, name), "is required")
        return _UNFIT

    def _field(self, checker: _Checker, name: str, value: object, path: str) -> object:
        field = self.fields.get(name)
        if field is None:
            checker.say(path, "is not a documented field")
            return _UNFIT
        return checker.check(field, value, path)


class _Tagged(NamedTuple):
    """One of several objects, which a field tells apart."""

    tag_field: str
    objects: Mapping[object, _Object]

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        tag = value.get(self.tag_field)
        chosen = self.objects.get(tag) if isinstance(tag, str) else None
        if chosen is not None:
            return chosen.read(checker, value, path)
        tags = ", ".join(sorted(map(str, self.objects)))
        told = f"must be one of: {tags}" if self.tag_field in value else "is required"
        checker.say(_inside(path, self.tag_field), told)
        return _UNFIT


@cache
def _fields_of(cls: type[Fields]) -> _Declared:
    return _declared(schema.type_info(cls))


def _declared(declared: schema.Type) -> _Declared:
    kinds = declared.types if isinstance(declared, schema.UnionType) else (declared,)
    names = " or ".join(dict.fromkeys(_READS[type(kind)].name for kind in kinds))
    by_type = {
        type_: [kind for kind in kinds if type_ in _READS[type(kind)].types] for type_ in _SENT
    }
    return _Declared(names, {type_: _kind(kinds) for type_, kinds in by_type.items() if kinds})


def _kind(kinds: Sequence[schema.Type]) -> _Kind:
    """What reads values that fit these types; only objects may fit several."""
    match kinds[0]:
        case schema.StructType():
            structs = [kind for kind in kinds if isinstance(kind, schema.StructType)]
            return _Kind((), _object_of(structs).read)
        case schema.VarTupleType() as array:
            return _Kind(_bounds(array), _Items(_declared(array.item_type)).read)
        case schema.DictType() as pairs:
            names = _bounds(pairs.key_type)
            return _Kind(_bounds(pairs), _Pairs(names, _declared(pairs.value_type)).read)
        case schema.LiteralType() as choices:
            return _Kind((), _Choices(choices.values).read)
        case scalar:
            return _Kind(_bounds(scalar), None)


def _object_of(structs: Sequence[schema.StructType]) -> _Object | _Tagged:
    tag_field = structs[0].tag_field
    if tag_field is None:
        return _fields(structs[0])
    return _Tagged(tag_field, {struct.tag: _fields(struct) for struct in structs})


def _fields(struct: schema.StructType) -> _Object:
    fields = [field for field in struct.fields if field.name != "extra"]
    declared = {field.name: _declared(field.type) for field in fields}
    required = dict.fromkeys(field.name for field in fields if field.required)
    return _Object(struct.cls, struct.tag_field, declared, required)


def _bounds(kind: schema.Type) -> Sequence[_Bound]:
    values = ((limit, getattr(kind, limit.constraint, None)) for limit in _LIMITS)
    return tuple((limit, value) for limit, value in values if value is not None)


def _inside(path: str, name: str) -> str:
    shown = name if len(name) <= _SHOWN_NAME else f"{name[:_SHOWN_NAME]}…"
    return f"{path}.{shown}" if path else shown
