"""The names by which a mode may be asked for: runreel's own, and those that VCR has made known."""

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
    """The mode meant; ``recorded`` says whether there is a cassette, on which ``once`` depends."""
    if name == "once":
        return Mode.REPLAY if recorded else Mode.AUTO
    return _MODES[name]
