"""Look-ups of names in a rule set, by their bytes in a message.

Clients and upstreams send the same few names again and again, so results are cached.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import TypeAlias

from runreel.core.redact.finders.by_name import Rules
from runreel.core.redact.finders.credential import Credential
from runreel.core.redact.finders.headers import URL_HEADERS, find_in_header, find_in_links
from runreel.core.redact.names.evidence import CredentialField
from runreel.core.redact.texts.views import unescape_json

_CACHE_SIZE = 4096
"""Names."""

HeaderFinder: TypeAlias = Callable[[bytes], Iterable[Credential]]
"""A search of a header's value."""


class NameLookup:
    """Cached look-ups of names in one rule set."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self.find_parameter_field = lru_cache(_CACHE_SIZE)(self._find_parameter_field)
        self.find_member_field = lru_cache(_CACHE_SIZE)(self._find_member_field)
        self.choose_header_finder = lru_cache(_CACHE_SIZE)(self._choose_header_finder)

    def _find_parameter_field(self, name: bytes) -> CredentialField | None:
        """Return the credential that a query parameter or form field holds, or None."""
        return self._rules.find_parameter_field(name.decode("utf-8", "replace"))

    def _find_member_field(self, name: bytes) -> CredentialField | None:
        """Return the credential that a JSON member holds, by its name with escapes, or None."""
        return self._rules.find_member_field(unescape_json(name).decode("utf-8", "replace"))

    def _choose_header_finder(self, name: bytes) -> HeaderFinder | None:
        """Return the search for the values of this header; None if they hold no credentials."""
        field = self._rules.find_header_field(name.decode("latin-1"))
        if field is not None:
            return partial(find_in_header, field)
        if name.lower() in URL_HEADERS:
            return partial(find_in_links, find_field=self.find_parameter_field)
        return None
