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

_MAX_SHOWN_NAME: Final = 64
"""Characters of a sender's own field name that a path repeats."""


class CheckedStruct(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all checked objects."""

    extra: Mapping[str, object] = {}
    """Fields that are not documented, and those whose value fits no documented type, as sent."""


_Struct = TypeVar("_Struct", bound=CheckedStruct)


def check_object(
    cls: type[_Struct], value: dict[str, object]
) -> tuple[_Struct | None, list[Problem]]:
    """Read the object as ``cls``; None where a required field is missing or fits no type.

    The problems name the place (``tools[3].function.name``) and the rule, never the value.
    """
    checker = _Checker()
    found = checker.check(_compile_struct(cls), value, "")
    return (found if isinstance(found, cls) else None), checker.finish()


class _JsonTypes(NamedTuple):
    """Which JSON values a declared type reads."""

    name: str
    types: tuple[type, ...]


_JSON_TYPES: Final[Mapping[type[schema.Type], _JsonTypes]] = {
    schema.StrType: _JsonTypes("a string", (str,)),
    schema.LiteralType: _JsonTypes("a string", (str,)),
    schema.BoolType: _JsonTypes("a boolean", (bool,)),
    schema.IntType: _JsonTypes("an integer", (int,)),
    schema.FloatType: _JsonTypes("a number", (int, float)),
    schema.VarTupleType: _JsonTypes("an array", (list,)),
    schema.DictType: _JsonTypes("an object", (dict,)),
    schema.StructType: _JsonTypes("an object", (dict,)),
    schema.NoneType: _JsonTypes("null", (type(None),)),
    schema.CustomType: _JsonTypes("any value", (str, bool, int, float, list, dict, type(None))),
}

_TYPE_NAMES: Final[Mapping[type, str]] = {
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    list: "an array",
    dict: "an object",
    type(None): "null",
}


def _identity(value: object) -> object:
    return value


def _mismatches(value: str, pattern: str) -> bool:
    return re.fullmatch(pattern, value) is None


class _ConstraintKind(NamedTuple):
    """One kind of constraint: what of a value it measures, when it is broken, what to say."""

    attribute: str
    measure: Callable[..., object]
    is_broken: Callable[..., bool]
    message: str


_CONSTRAINT_KINDS: Final = (
    _ConstraintKind("ge", _identity, operator.lt, "is less than {}, the documented minimum"),
    _ConstraintKind("le", _identity, operator.gt, "is more than {}, the documented maximum"),
    _ConstraintKind("min_length", len, operator.lt, "has fewer than {} {}, the documented minimum"),
    _ConstraintKind("max_length", len, operator.gt, "has more than {} {}, the documented maximum"),
    _ConstraintKind("pattern", _identity, _mismatches, "does not have the documented form {}"),
)

_UNITS: Final[Mapping[type, str]] = {str: "characters", list: "items", dict: "pairs"}

_INVALID: Final = object()
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

    def check(self, declared: _DeclaredType, value: object, path: str) -> object:
        kind = declared.readers.get(type(value))
        if kind is None:
            self.report(path, f"must be {declared.description}, not {_TYPE_NAMES[type(value)]}")
            return _INVALID
        if kind.constraints:
            self.check_constraints(kind.constraints, value, path)
        return value if kind.read is None else kind.read(self, value, path)

    def check_constraints(
        self, bounds: Iterable[_Constraint], value: object, path: str, subject: str = ""
    ) -> None:
        for (_, measure, breaks, message), allowed in bounds:
            if breaks(measure(value), allowed):
                self.report(path, subject + message.format(allowed, _UNITS.get(type(value), "")))

    def report(self, path: str, message: str) -> None:
        if len(self._problems) < MAX_PROBLEMS:
            self._problems.append(Problem(path, message))
        else:
            self._unlisted += 1


_Constraint: TypeAlias = tuple[_ConstraintKind, object]
"""A limit, and what a declaration sets it to."""


class _Reader(NamedTuple):
    """How values of one JSON type are read."""

    constraints: Sequence[_Constraint]
    read: Callable[[_Checker, Any, str], object] | None
    """None where they are taken as they are."""


class _DeclaredType(NamedTuple):
    """A declared type, made ready for many walks."""

    description: str
    readers: Mapping[type, _Reader]


class _Choices(NamedTuple):
    """Strings of which one must be given."""

    values: Sequence[object]

    def read(self, checker: _Checker, value: str, path: str) -> object:
        if value not in self.values:
            checker.report(path, f"must be one of: {', '.join(map(str, self.values))}")
        return value


class _Array(NamedTuple):
    """An array."""

    item_type: _DeclaredType

    def read(self, checker: _Checker, value: list[object], path: str) -> object:
        items = [
            checker.check(self.item_type, item, f"{path}[{place}]")
            for place, item in enumerate(value)
        ]
        return _INVALID if _INVALID in items else tuple(items)


class _MapObject(NamedTuple):
    """An object whose names are free."""

    key_constraints: Sequence[_Constraint]
    """Of the names."""
    value_type: _DeclaredType

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        found: dict[str, object] = {}
        for name, item in value.items():
            place = _join_path(path, name)
            checker.check_constraints(self.key_constraints, name, place, subject="its name ")
            found[name] = checker.check(self.value_type, item, place)
        return _INVALID if _INVALID in found.values() else found


class _StructObject(NamedTuple):
    """An object with declared fields."""

    cls: type
    tag_field: str | None
    fields: Mapping[str, _DeclaredType]
    required: Mapping[str, None]
    """In the order of their declaration."""

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        fitting: dict[str, object] = {}
        extra: dict[str, object] = {}
        for name, item in value.items():
            if name != self.tag_field:
                found = self._check_field(checker, name, item, _join_path(path, name))
                if found is _INVALID:
                    extra[name] = item
                else:
                    fitting[name] = found
        if self.required.keys() <= fitting.keys():
            return self.cls(**fitting, extra=extra)
        for name in (name for name in self.required if name not in value):
            checker.report(_join_path(path, name), "is required")
        return _INVALID

    def _check_field(self, checker: _Checker, name: str, value: object, path: str) -> object:
        field = self.fields.get(name)
        if field is None:
            checker.report(path, "is not a documented field")
            return _INVALID
        return checker.check(field, value, path)


class _TaggedUnion(NamedTuple):
    """One of several objects, which a field tells apart."""

    tag_field: str
    objects: Mapping[object, _StructObject]

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        tag = value.get(self.tag_field)
        chosen = self.objects.get(tag) if isinstance(tag, str) else None
        if chosen is not None:
            return chosen.read(checker, value, path)
        tags = ", ".join(sorted(map(str, self.objects)))
        told = f"must be one of: {tags}" if self.tag_field in value else "is required"
        checker.report(_join_path(path, self.tag_field), told)
        return _INVALID


@cache
def _compile_struct(cls: type[CheckedStruct]) -> _DeclaredType:
    return _compile_type(schema.type_info(cls))


def _compile_type(declared: schema.Type) -> _DeclaredType:
    kinds = declared.types if isinstance(declared, schema.UnionType) else (declared,)
    names = " or ".join(dict.fromkeys(_JSON_TYPES[type(kind)].name for kind in kinds))
    by_type = {
        type_: [kind for kind in kinds if type_ in _JSON_TYPES[type(kind)].types]
        for type_ in _TYPE_NAMES
    }
    return _DeclaredType(
        names, {type_: _build_reader(kinds) for type_, kinds in by_type.items() if kinds}
    )


def _build_reader(kinds: Sequence[schema.Type]) -> _Reader:
    """What reads values that fit these types; only objects may fit several."""
    match kinds[0]:
        case schema.StructType():
            structs = [kind for kind in kinds if isinstance(kind, schema.StructType)]
            return _Reader((), _build_object(structs).read)
        case schema.VarTupleType() as array:
            return _Reader(_collect_constraints(array), _Array(_compile_type(array.item_type)).read)
        case schema.DictType() as pairs:
            names = _collect_constraints(pairs.key_type)
            return _Reader(
                _collect_constraints(pairs), _MapObject(names, _compile_type(pairs.value_type)).read
            )
        case schema.LiteralType() as choices:
            return _Reader((), _Choices(choices.values).read)
        case scalar:
            return _Reader(_collect_constraints(scalar), None)


def _build_object(structs: Sequence[schema.StructType]) -> _StructObject | _TaggedUnion:
    tag_field = structs[0].tag_field
    if tag_field is None:
        return _build_struct_object(structs[0])
    return _TaggedUnion(tag_field, {struct.tag: _build_struct_object(struct) for struct in structs})


def _build_struct_object(struct: schema.StructType) -> _StructObject:
    fields = [field for field in struct.fields if field.name != "extra"]
    declared = {field.name: _compile_type(field.type) for field in fields}
    required = dict.fromkeys(field.name for field in fields if field.required)
    return _StructObject(struct.cls, struct.tag_field, declared, required)


def _collect_constraints(kind: schema.Type) -> Sequence[_Constraint]:
    values = ((limit, getattr(kind, limit.attribute, None)) for limit in _CONSTRAINT_KINDS)
    return tuple((limit, value) for limit, value in values if value is not None)


def _join_path(path: str, name: str) -> str:
    shown = name if len(name) <= _MAX_SHOWN_NAME else f"{name[:_MAX_SHOWN_NAME]}…"
    return f"{path}.{shown}" if path else shown
