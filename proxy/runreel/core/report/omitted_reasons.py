"""Why a body is not in its cassette, in words, and what would get it there."""

from __future__ import annotations

from collections.abc import Mapping

from runreel.model import Omitted

WHY: Mapping[Omitted, str] = {
    Omitted.MAX_BODY: "it was larger than max_body",
    Omitted.MAX_MEMORY: "max_memory was used up",
    Omitted.ENCODING: "its content encoding could not be decoded, so it could not be redacted",
}

ADVICE: Mapping[Omitted, str] = {
    Omitted.MAX_BODY: "record it again with a higher max_body",
    Omitted.MAX_MEMORY: "record it again with a higher max_memory, or fewer requests at once",
    Omitted.ENCODING: "record it again where the upstream sends it unencoded",
}
