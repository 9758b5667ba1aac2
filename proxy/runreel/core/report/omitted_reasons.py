"""The reasons why a body is not in its cassette, in words, with advice for each."""

from __future__ import annotations

from collections.abc import Mapping

from runreel.model import OmittedReason

REASON_TEXTS: Mapping[OmittedReason, str] = {
    OmittedReason.MAX_BODY: "it was larger than max_body",
    OmittedReason.MAX_MEMORY: "max_memory was used up",
    OmittedReason.ENCODING: "its content encoding cannot be decoded, so it cannot be redacted",
}

ADVICE_TEXTS: Mapping[OmittedReason, str] = {
    OmittedReason.MAX_BODY: "record it again with a higher max_body",
    OmittedReason.MAX_MEMORY: "record it again with a higher max_memory, or fewer requests at once",
    OmittedReason.ENCODING: "record it again without content encoding",
}
