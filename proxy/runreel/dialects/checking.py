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
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple, TypeVar

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
    found = checker.check(_declared(cls), value, "")
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
    """One walk over one object."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._unlisted = 0

    def finish(self) -> list[Problem]:
        if self._unlisted:
            return [*self._problems, Problem("body", f"has {self._unlisted} more problems")]
        return self._problems

    def check(self, declared: schema.Type, value: object, path: str) -> object:
        kinds = declared.types if isinstance(declared, schema.UnionType) else (declared,)
        fitting = [kind for kind in kinds if type(value) in _READS[type(kind)].types]
        if not fitting:
            self._say(path, f"must be {_names(kinds)}, not {_SENT[type(value)]}")
            return _UNFIT
        return self._read(fitting, value, path)

    def _read(self, kinds: list[schema.Type], value: object, path: str) -> object:
        kind = kinds[0]
        self._limit(kind, value, path)
        match kind, value:
            case schema.StructType(), dict():
                return self._tagged(kinds, value, path)
            case schema.VarTupleType(), list():
                return self._items(kind, value, path)
            case schema.DictType(), dict():
                return self._pairs(kind, value, path)
            case schema.LiteralType(), _ if value not in kind.values:
                self._say(path, f"must be one of: {', '.join(map(str, kind.values))}")
        return value

    def _tagged(self, kinds: list[schema.Type], value: dict[str, object], path: str) -> object:
        structs = [kind for kind in kinds if isinstance(kind, schema.StructType)]
        tag_field = structs[0].tag_field
        if tag_field is None:
            return self._struct(structs[0], value, path)
        chosen = [struct for struct in structs if struct.tag == value.get(tag_field)]
        if chosen:
            return self._struct(chosen[0], value, path)
        tags = ", ".join(sorted(str(struct.tag) for struct in structs))
        missing = tag_field not in value
        self._say(_inside(path, tag_field), "is required" if missing else f"must be one of: {tags}")
        return _UNFIT

    def _struct(self, kind: schema.StructType, value: dict[str, object], path: str) -> object:
        fields = _fields(kind)
        fitting: dict[str, object] = {}
        extra: dict[str, object] = {}
        for name in (name for name in value if name != kind.tag_field):
            found = self._field(fields.get(name), value[name], _inside(path, name))
            if found is _UNFIT:
                extra[name] = value[name]
            else:
                fitting[name] = found
        required = [name for name, field in fields.items() if field.required]
        for name in (name for name in required if name not in value):
            self._say(_inside(path, name), "is required")
        return kind.cls(**fitting, extra=extra) if fitting.keys() >= set(required) else _UNFIT

    def _field(self, field: schema.Field | None, value: object, path: str) -> object:
        if field is None:
            self._say(path, "is not a documented field")
            return _UNFIT
        return self.check(field.type, value, path)

    def _items(self, kind: schema.VarTupleType, value: list[object], path: str) -> object:
        items = tuple(
            self.check(kind.item_type, item, f"{path}[{place}]") for place, item in enumerate(value)
        )
        return _UNFIT if any(item is _UNFIT for item in items) else items

    def _pairs(self, kind: schema.DictType, value: dict[str, object], path: str) -> object:
        found: dict[str, object] = {}
        for name, item in value.items():
            place = _inside(path, name)
            self._limit(kind.key_type, name, place, subject="its name ")
            found[name] = self.check(kind.value_type, item, place)
        return _UNFIT if any(item is _UNFIT for item in found.values()) else found

    def _limit(self, kind: schema.Type, value: object, path: str, subject: str = "") -> None:
        for constraint, measure, breaks, message in _LIMITS:
            limit = getattr(kind, constraint, None)
            if limit is not None and breaks(measure(value), limit):
                self._say(path, subject + message.format(limit, _UNITS.get(type(value), "")))

    def _say(self, path: str, message: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(path, message))
        else:
            self._unlisted += 1


@cache
def _declared(cls: type[Fields]) -> schema.Type:
    return schema.type_info(cls)


def _fields(kind: schema.StructType) -> dict[str, schema.Field]:
    return {field.name: field for field in kind.fields if field.name != "extra"}


def _names(kinds: Sequence[schema.Type]) -> str:
    return " or ".join(dict.fromkeys(_READS[type(kind)].name for kind in kinds))


def _inside(path: str, name: str) -> str:
    shown = name if len(name) <= _SHOWN_NAME else f"{name[:_SHOWN_NAME]}…"
    return f"{path}.{shown}" if path else shown
