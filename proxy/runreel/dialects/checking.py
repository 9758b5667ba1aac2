"""Check a JSON object against a msgspec Struct, and report every problem.

``msgspec.convert`` stops at the first error, drops unknown fields and quotes the offending value.
This module uses the same declarations (types, ``Meta`` constraints, tags) but goes through all
fields. A value of a documented type that breaks a constraint, or is not one of the documented
choices, is kept, because servers are often laxer than their documentation. A value of any other
type goes into ``extra`` of the object around it, as unknown fields do.
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
"""Problems that are listed; the rest are only counted, since a body may have a million of them."""

_MAX_SHOWN_NAME: Final = 64
"""Characters of an undocumented field name that a path shows."""


class CheckedStruct(msgspec.Struct, frozen=True, kw_only=True):
    """The base class of all objects that can be checked."""

    extra: Mapping[str, object] = {}
    """Fields that are not documented or whose value has none of the documented types, as sent."""


_Struct = TypeVar("_Struct", bound=CheckedStruct)


def check_object(
    cls: type[_Struct], value: dict[str, object]
) -> tuple[_Struct | None, list[Problem]]:
    """Convert the object to ``cls`` and list its problems.

    The first item is None if a required field is missing or has none of its types. A problem states
    the path (``tools[3].function.name``) and the rule that is broken, but never the value.
    """
    checker = _Checker()
    checked = checker.check(_compile_struct(cls), value, "")
    return (checked if isinstance(checked, cls) else None), checker.finish()


class _JsonTypes(NamedTuple):
    """The JSON values that fit a declared type: what they are called, and their Python types."""

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
    """A kind of constraint in ``msgspec.Meta``; ``attribute`` is its name there."""

    attribute: str
    measure: Callable[..., object]
    is_broken: Callable[..., bool]
    message: str


_CONSTRAINT_KINDS: Final = (
    _ConstraintKind("ge", _identity, operator.lt, "is less than {}, the documented minimum"),
    _ConstraintKind("le", _identity, operator.gt, "is more than {}, the documented maximum"),
    _ConstraintKind("min_length", len, operator.lt, "has fewer than {} {}, the documented minimum"),
    _ConstraintKind("max_length", len, operator.gt, "has more than {} {}, the documented maximum"),
    _ConstraintKind("pattern", _identity, _mismatches, "does not match the documented pattern {}"),
)

_UNITS: Final[Mapping[type, str]] = {str: "characters", list: "items", dict: "pairs"}

_INVALID: Final = object()
"""The result of checking a value that has none of the declared types."""


class _Checker:
    """The check of one object, with the problems so far."""

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
"""A kind of constraint, and the value that a declaration gives it."""


class _Reader(NamedTuple):
    """The check of values of one JSON type."""

    constraints: Sequence[_Constraint]
    read: Callable[[_Checker, Any, str], object] | None
    """Function that checks a value and returns its converted form; None: it stays as it is."""


class _DeclaredType(NamedTuple):
    """A declared type, compiled once: its description, and a reader for each JSON type."""

    description: str
    readers: Mapping[type, _Reader]


class _Choices(NamedTuple):
    """A string that must be one of ``values``."""

    values: Sequence[object]

    def read(self, checker: _Checker, value: str, path: str) -> object:
        if value not in self.values:
            checker.report(path, f"must be one of: {', '.join(map(str, self.values))}")
        return value


class _Array(NamedTuple):
    """An array of items of one declared type."""

    item_type: _DeclaredType

    def read(self, checker: _Checker, value: list[object], path: str) -> object:
        items = [
            checker.check(self.item_type, item, f"{path}[{index}]")
            for index, item in enumerate(value)
        ]
        return _INVALID if _INVALID in items else tuple(items)


class _MapObject(NamedTuple):
    """An object with any names, and values of one declared type."""

    key_constraints: Sequence[_Constraint]
    """Constraints on the names."""
    value_type: _DeclaredType

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        checked: dict[str, object] = {}
        for name, item in value.items():
            item_path = _join_path(path, name)
            checker.check_constraints(self.key_constraints, name, item_path, subject="its name ")
            checked[name] = checker.check(self.value_type, item, item_path)
        return _INVALID if _INVALID in checked.values() else checked


class _StructObject(NamedTuple):
    """An object with declared fields, which becomes an instance of ``cls``."""

    cls: type
    tag_field: str | None
    fields: Mapping[str, _DeclaredType]
    required: Mapping[str, None]
    """The names of required fields in the order of their declaration; a dict as an ordered set."""

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        fields: dict[str, object] = {}
        extra: dict[str, object] = {}
        for name, item in value.items():
            if name != self.tag_field:
                checked = self._check_field(checker, name, item, _join_path(path, name))
                if checked is _INVALID:
                    extra[name] = item
                else:
                    fields[name] = checked
        if self.required.keys() <= fields.keys():
            return self.cls(**fields, extra=extra)
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
    """One of several objects, which the value of ``tag_field`` distinguishes."""

    tag_field: str
    objects: Mapping[object, _StructObject]

    def read(self, checker: _Checker, value: dict[str, object], path: str) -> object:
        tag = value.get(self.tag_field)
        chosen = self.objects.get(tag) if isinstance(tag, str) else None
        if chosen is not None:
            return chosen.read(checker, value, path)
        tags = ", ".join(sorted(map(str, self.objects)))
        message = f"must be one of: {tags}" if self.tag_field in value else "is required"
        checker.report(_join_path(path, self.tag_field), message)
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
    """Return the reader for values of these types: a single type, or several kinds of objects."""
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
