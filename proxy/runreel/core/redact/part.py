"""One part of a message (a header's value, a body) and all that is edited in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, Span, apply_edits


class Replacement(NamedTuple):
    """A span, and the edits that put its placeholder in its place."""

    span: Span
    edits: Sequence[Edit]
    in_json: bool = False
    """Whether the secret stood in a string of JSON."""


@dataclass(frozen=True)
class EditedPart:
    """Bytes as they came, and the edits that make them fit to be stored."""

    data: bytes
    replacements: Sequence[Replacement] = ()
    offsets: Sequence[OffsetEdit] = ()
    blanks: Sequence[Edit] = ()

    @cached_property
    def edits(self) -> Sequence[Edit]:
        """All edits, in order."""
        edits = [edit for each in self.replacements for edit in each.edits]
        return sorted([*edits, *(offset.edit for offset in self.offsets), *self.blanks])

    @property
    def clean(self) -> bytes:
        """The bytes with all edits made; offsets and blanks follow from replacements."""
        return self._edited_data if self.replacements else self.data

    @cached_property
    def _edited_data(self) -> bytes:
        return apply_edits(self.data, self.edits)
