"""Check a JSON object against a msgspec Struct, and report every problem.

``msgspec.convert`` stops at the first error, drops unknown fields and quotes the offending value.
``check_object`` uses the same declarations (types, ``Meta`` constraints, tags) but goes through all
fields. A value of a documented type that breaks a constraint, or is not one of the documented
choices, is kept, because servers are often laxer than their documentation. A value of any other
type goes into ``extra`` of the object around it, as unknown fields do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec

from runreel.dialects.base.constraints import ProblemList
from runreel.dialects.base.declared_types import compile_struct
from runreel.model import Problem


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
    problems = ProblemList()
    checked = compile_struct(cls).check(value, (), problems)
    return (checked if isinstance(checked, cls) else None), problems.finish()
