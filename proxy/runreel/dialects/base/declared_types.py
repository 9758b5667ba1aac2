"""Declared types, compiled once from msgspec declarations and then used to check many values.

A ``DeclaredType`` has one reader for each JSON type that it allows: ``str | None`` has one for
strings and one for null. A reader checks a value, adds the problems to a list, and returns the
converted value, or ``INVALID``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Final

import msgspec
from msgspec import Struct
from msgspec import inspect as schema

from runreel.dialects.base.constraints import (
    Constraint,
    FieldPath,
    ProblemList,
    check_constraints,
    collect_constraints,
)

INVALID: Final = object()
"""The result of checking a value that has none of the declared types."""

EXTRA: Final = "extra"
"""The field of a struct that receives undocumented and invalid fields; it is not documented."""


class _JsonTypes(Struct, frozen=True):
    """The JSON values that a declared type allows: a name for them, and their Python types."""

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
"""The names of values that were sent, by their Python type."""


class _Reader(Struct, frozen=True):
    """The check of values of one JSON type."""

    constraints: Sequence[Constraint]
    read: Callable[[Any, FieldPath, ProblemList], object] | None
    """Function that checks a value and returns its converted form; None: it stays as it is."""


class DeclaredType(Struct, frozen=True):
    """A declared type, ready to check values."""

    description: str
    """``a string or null``."""
    readers: Mapping[type, _Reader]
    """By the Python type of a value."""

    def check(self, value: object, path: FieldPath, problems: ProblemList) -> object:
        """Return the converted value, or ``INVALID`` if it has none of the declared types."""
        reader = self.readers.get(type(value))
        if reader is None:
            problems.add(path, f"must be {self.description}, not {_TYPE_NAMES[type(value)]}")
            return INVALID
        if reader.constraints:
            check_constraints(reader.constraints, value, path, problems)
        return value if reader.read is None else reader.read(value, path, problems)


class _Choices(Struct, frozen=True):
    """A string that must be one of ``values``."""

    values: Sequence[object]

    def read(self, value: str, path: FieldPath, problems: ProblemList) -> object:
        if value not in self.values:
            problems.add(path, f"must be one of: {', '.join(map(str, self.values))}")
        return value


class _Array(Struct, frozen=True):
    """An array of items of one declared type."""

    item_type: DeclaredType

    def read(self, value: list[object], path: FieldPath, problems: ProblemList) -> object:
        check = self.item_type.check
        items = [check(item, (*path, index), problems) for index, item in enumerate(value)]
        return INVALID if INVALID in items else tuple(items)


class _MapObject(Struct, frozen=True):
    """An object with any names, and values of one declared type."""

    name_constraints: Sequence[Constraint]
    value_type: DeclaredType

    def read(self, value: dict[str, object], path: FieldPath, problems: ProblemList) -> object:
        items: dict[str, object] = {}
        for name, item in value.items():
            item_path = (*path, name)
            check_constraints(self.name_constraints, name, item_path, problems, subject="its name ")
            items[name] = self.value_type.check(item, item_path, problems)
        return INVALID if INVALID in items.values() else items


class _StructObject(Struct, frozen=True):
    """An object with declared fields, which is converted to an instance of ``cls``."""

    cls: type
    tag_field: str | None
    fields: Mapping[str, DeclaredType]
    required: Mapping[str, None]
    """The names of required fields in the order of their declaration; a dict as an ordered set."""
    attributes: Mapping[str, str]
    """By name of a field: the attribute of ``cls``, which may not be named as the field."""

    def read(self, value: dict[str, object], path: FieldPath, problems: ProblemList) -> object:
        fields: dict[str, object] = {}
        extra: dict[str, object] = {}
        for name, item in value.items():
            if name == self.tag_field:
                continue
            declared, field = self.fields.get(name), INVALID
            if declared is None:
                problems.add((*path, name), "is not a documented field")
            else:
                field = declared.check(item, (*path, name), problems)
            if field is INVALID:
                extra[name] = item
            else:
                fields[name] = field
        if self.required.keys() <= fields.keys():
            values = {self.attributes[name]: value for name, value in fields.items()}
            return self.cls(**values, **{EXTRA: extra})
        for name in (name for name in self.required if name not in value):
            problems.add((*path, name), "is required")
        return INVALID


class _TaggedUnion(Struct, frozen=True):
    """One of several objects, distinguished by the value of ``tag_field``."""

    tag_field: str
    objects: Mapping[object, _StructObject]

    def read(self, value: dict[str, object], path: FieldPath, problems: ProblemList) -> object:
        tag = value.get(self.tag_field)
        struct = self.objects.get(tag) if isinstance(tag, str) else None
        if struct is not None:
            return struct.read(value, path, problems)
        tags = ", ".join(sorted(map(str, self.objects)))
        message = f"must be one of: {tags}" if self.tag_field in value else "is required"
        problems.add((*path, self.tag_field), message)
        return INVALID


@cache
def compile_struct(cls: type[msgspec.Struct]) -> DeclaredType:
    """Compile the declaration of a struct, once for each class."""
    return _compile_type(schema.type_info(cls))


def _compile_type(declared: schema.Type) -> DeclaredType:
    types = declared.types if isinstance(declared, schema.UnionType) else (declared,)
    description = " or ".join(dict.fromkeys(_JSON_TYPES[type(each)].name for each in types))
    readers = {}
    for value_type in _TYPE_NAMES:
        fitting = [each for each in types if value_type in _JSON_TYPES[type(each)].types]
        if fitting:
            readers[value_type] = _build_reader(fitting)
    return DeclaredType(description, readers)


def _build_reader(types: Sequence[schema.Type]) -> _Reader:
    """Return the reader for values of these types: a single type, or several structs."""
    match types[0]:
        case schema.StructType():
            structs = [each for each in types if isinstance(each, schema.StructType)]
            return _Reader((), _build_object(structs).read)
        case schema.VarTupleType() as array:
            item_type = _compile_type(array.item_type)
            return _Reader(collect_constraints(array), _Array(item_type).read)
        case schema.DictType() as mapping:
            names = collect_constraints(mapping.key_type)
            value_type = _compile_type(mapping.value_type)
            return _Reader(collect_constraints(mapping), _MapObject(names, value_type).read)
        case schema.LiteralType() as choices:
            return _Reader((), _Choices(choices.values).read)
        case scalar:
            return _Reader(collect_constraints(scalar), None)


def _build_object(structs: Sequence[schema.StructType]) -> _StructObject | _TaggedUnion:
    tag_field = structs[0].tag_field
    if tag_field is None:
        return _build_struct(structs[0])
    return _TaggedUnion(tag_field, {struct.tag: _build_struct(struct) for struct in structs})


def _build_struct(struct: schema.StructType) -> _StructObject:
    fields = [field for field in struct.fields if field.name != EXTRA]
    declared = {field.encode_name: _compile_type(field.type) for field in fields}
    required = dict.fromkeys(field.encode_name for field in fields if field.required)
    attributes = {field.encode_name: field.name for field in fields}
    return _StructObject(struct.cls, struct.tag_field, declared, required, attributes)
