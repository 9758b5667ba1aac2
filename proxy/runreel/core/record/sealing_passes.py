"""Sealing the exchanges of a file in several passes.

An exchange may contain a secret that only a later one identifies. So a first pass learns all
secrets, and later ones seal again what may contain those that were learnt after it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from runreel.core.record.seal import SealedRecord, Sealer
from runreel.errors import StoreError
from runreel.model import Exchange

_MAX_KEPT = 1 << 24
"""Bytes of sealed records that are kept from one pass to the next."""


Outcome = TypeVar("Outcome", bound=SealedRecord | None)


class _Kept(NamedTuple, Generic[Outcome]):
    """The outcome for an exchange, and the version of the vault by then."""

    version: int
    sealed: Outcome

    @property
    def size(self) -> int:
        """Bytes of the record."""
        return 0 if self.sealed is None else len(self.sealed.record)


class SealingPasses(Generic[Outcome]):
    """Seals exchanges, and keeps the records, as far as there is room."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer
        self._kept: dict[int, _Kept[Outcome]] = {}
        """By the key of an exchange."""
        self._kept_size = 0

    def seal(
        self, key: int, read: Callable[[], Exchange], seal: Callable[[Exchange], Outcome]
    ) -> Outcome:
        """Return what ``seal`` makes of an exchange with all values that are known now.

        ``read`` returns the exchange. It is called only if that may have changed since an earlier
        pass. Raise ``StoreError`` with the number of an exchange that cannot be sealed.
        """
        kept = self._kept.get(key)
        if kept is not None and kept.version == self._sealer.redactor.version:
            return kept.sealed
        exchange = read()
        try:
            if kept is None or self._sealer.may_hold_newer(exchange, kept.version):
                kept = _Kept(0, seal(exchange))
        except StoreError as error:
            raise StoreError(f"exchange {exchange.head.number}: {error}") from error
        self._keep(key, kept._replace(version=self._sealer.redactor.version))
        return kept.sealed

    def _keep(self, key: int, kept: _Kept[Outcome]) -> None:
        former = self._kept.pop(key, None)
        self._kept_size -= 0 if former is None else former.size
        if self._kept_size + kept.size <= _MAX_KEPT:
            self._kept_size += kept.size
            self._kept[key] = kept
