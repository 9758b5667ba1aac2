"""The page of the package: README.md with absolute links, which work outside the repository too."""

from __future__ import annotations

import re
from pathlib import Path

from hatchling.metadata.plugin.interface import MetadataHookInterface

_RELATIVE_LINK = re.compile(r"(?<=\]\()(?![a-z+.-]+:|#)([^)\s]+)(?=\))")
_FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)


class PackagePage(MetadataHookInterface):
    """A hook that sets the readme; the address of the repository is in ``[project.urls]``."""

    def update(self, metadata: dict[str, object]) -> None:
        """Set the readme in the metadata of the project."""
        urls = metadata["urls"]
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        text = make_links_absolute(text, f"{urls['Repository']}/blob/HEAD/")
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


def make_links_absolute(text: str, base: str) -> str:
    """Put ``base`` in front of all relative links of a Markdown text, but not in code blocks."""
    parts = _FENCE.split(text)
    parts[::2] = [_RELATIVE_LINK.sub(rf"{base}\1", part) for part in parts[::2]]
    return "".join(parts)
