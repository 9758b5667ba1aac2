"""``runreel demo``: the whole loop, told step by step while it happens."""

from __future__ import annotations

import asyncio
import io
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runreel.cli import INTERRUPTED
from runreel.cli.options import config_option, settings_from, start_log
from runreel.cli.terminal import duration, size, style, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runreel.demo import Comparison, Loop, Turn

EPILOG = """\
\b
Examples:
  runreel demo
  runreel demo cassettes/demo.cassette   (in a checkout: renews the sample)
"""

DELAY = 0.03
"""Seconds between two events of the simulator."""


@click.command(epilog=EPILOG)
@click.argument("cassette", default="first")
@config_option
def demo(cassette: str, config_file: Path | None) -> int:
    """See the whole loop in one minute, offline and without a key.

    A conversation with a bundled simulator is recorded into CASSETTE (a file or a name; "first" if
    left out), replayed at its recorded pace, and both sides are compared.
    """
    from runreel.demo import Loop, demo_config  # noqa: PLC0415 - imported when it runs
    from runreel.shell.store import resolve  # noqa: PLC0415 - same

    settings = settings_from(config_file).config
    config = demo_config(settings)
    start_log(config)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    return asyncio.run(_told(Loop(resolve(cassette, Path(settings.cassettes)), config)))


async def _told(loop: Loop) -> int:
    story = Story()
    telling = asyncio.ensure_future(_tell(loop, story))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, telling.cancel)
    try:
        return await telling
    except asyncio.CancelledError:
        story.ended()
        return INTERRUPTED


async def _tell(loop: Loop, story: Story) -> int:
    """The exit code: 1 where something differs."""
    from runreel.config import Speed  # noqa: PLC0415 - imported when it runs
    from runreel.demo import compare  # noqa: PLC0415 - same
    from runreel.simulator import serving  # noqa: PLC0415 - same

    async with serving(delay=DELAY) as simulator:
        story.begin(
            "live", f"Recording: a client talks through the proxy to a simulator, {simulator}"
        )
        live = await loop.record(simulator, story)
    story.begin("replay", "The simulator is shut down. Replaying, without a key, at recorded pace")
    replayed = await loop.replay(Speed.RECORDED, story)
    story.begin("", "Comparing")
    at_pace = compare(live, replayed)
    at_once = compare(replayed, await loop.replay(Speed.INSTANT))
    story.verdict("replay and live conversation", at_pace)
    story.pace(at_pace)
    story.verdict("a second replay, all at once, and the first", at_once)
    story.what_next(loop.path, live)
    return 1 if at_pace.differences or at_once.differences else 0


class Story:
    """Tells on standard output what happens, and what streams say as it comes."""

    def __init__(self) -> None:
        self._gutter = ""
        self._number = 0
        self._speaking = False

    def begin(self, label: str, title: str) -> None:
        """A new part; ``label`` marks what is said in it."""
        self._gutter = f"{label:>12} | "
        self._number = 0
        _say(f"\n{style(title, bold=True)}")

    def answered(self, title: str, operation: str, status: int) -> None:
        """Tell of a request and how it is answered."""
        self._number += 1
        _say(f"{self._number:>4}  {operation:<25}  {status}  {title}")

    def said(self, text: str) -> None:
        """Show a piece of a stream's text at once."""
        if text:
            opening = "" if self._speaking else self._gutter
            self._speaking = True
            _say(opening + visible(text).replace("\n", "\n" + self._gutter), end="")

    def ended(self) -> None:
        """End the line that is being said, if there is one."""
        if self._speaking:
            self._speaking = False
            _say("")

    def verdict(self, what: str, found: Comparison) -> None:
        """Tell whether two sides are the same."""
        if not found.differences:
            _say(
                f"  the same: {what}: {found.answers} answers with status, headers, "
                f"{found.size} bytes of body, {found.chunks} chunk boundaries"
            )
            return
        _say(style(f"  DIFFERENT: {what}", fg="red"))
        for difference in found.differences:
            _say(f"    {visible(difference)}")

    def pace(self, found: Comparison) -> None:
        """Tell how well the recorded pace was kept."""
        _say(f"  the pace: no event came more than {duration(found.slip_us)} off its live moment")

    def what_next(self, path: Path, turns: Sequence[Turn]) -> None:
        """Tell where the cassette is, and what to try."""
        streamed = next(number for number, turn in enumerate(turns, 1) if turn.streamed)
        name = shlex.quote(visible(str(path)))
        self.begin("", "The cassette")
        _say(f"  {name}: {len(turns)} exchanges, {size(path.stat().st_size)}")
        self.begin("", "Try next")
        _say(f"  runreel show {name} {streamed}")
        _say(f"  runreel replay {name} --speed recorded")
        _say("  runreel record my-app --upstream https://api.openai.com -- python app.py")


def _say(text: str, *, end: str = "\n") -> None:
    """Print now: what streams is to be seen as it comes."""
    print(text, end=end, flush=True)
