"""The names of modes in settings: runreel's own, and those of VCR."""

from __future__ import annotations

from runreel.config.schema import ModeName
from runreel.model import Mode

_MODES: dict[ModeName, Mode] = {
    "auto": Mode.AUTO,
    "record": Mode.RECORD,
    "replay": Mode.REPLAY,
    "passthrough": Mode.PASSTHROUGH,
    "new_episodes": Mode.AUTO,
    "all": Mode.RECORD,
    "none": Mode.REPLAY,
}


def resolve_mode(name: ModeName, *, recorded: bool) -> Mode:
    """Return the mode with this name; ``once`` depends on whether a cassette was ``recorded``."""
    if name == "once":
        return Mode.REPLAY if recorded else Mode.AUTO
    return _MODES[name]
