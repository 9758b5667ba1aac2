"""One part of a message (a header's value, a body) with its edits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple

from msgspec import Struct

from runreel.core.redact.texts.derived_fields import OffsetEdit
from runreel.core.redact.texts.spans import Edit, Span, apply_edits


class Replacement(NamedTuple):
    """A span, and the edits that replace it by its placeholder."""

    span: Span
    edits: Sequence[Edit]
    in_json: bool = False
    """True if the secret was in a JSON string."""


class EditedPart(Struct, frozen=True, dict=True):
    """The original bytes, and the edits to be made before they are stored."""

    data: bytes
    replacements: Sequence[Replacement] = ()
    offsets: Sequence[OffsetEdit] = ()
    """New values of annotations' offsets; they follow from the replacements."""
    blanks: Sequence[Edit] = ()
    """Edits of copies of secrets, which follow from the replacements too."""

    @cached_property
    def edits(self) -> Sequence[Edit]:
        """All edits, in the order of the bytes."""
        edits = [edit for replacement in self.replacements for edit in replacement.edits]
        return sorted([*edits, *(offset.edit for offset in self.offsets), *self.blanks])

    @property
    def clean(self) -> bytes:
        """The bytes with all edits made."""
        return self._data_after_edits if self.replacements else self.data

    @cached_property
    def _data_after_edits(self) -> bytes:
        return apply_edits(self.data, self.edits)
