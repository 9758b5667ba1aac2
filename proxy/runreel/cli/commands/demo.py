"""``runreel demo``: record, replay and compare a conversation, with a report of each step."""

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
from runreel.cli.options import complete_cassette, config_option, read_settings, start_log
from runreel.cli.terminal import escape_controls, format_duration, format_size, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runreel.demo import Comparison, DemoLoop, Turn

EPILOG = """\
\b
Examples:
  runreel demo
  runreel demo --api agents
  runreel demo cassettes/demo.cassette   (in a checkout: records the sample again)
"""

APIS = ("assistants", "agents", "responses")

EVENT_DELAY = 0.03
"""Seconds between two events of the simulator."""


@click.command(epilog=EPILOG)
@click.argument("cassette", default="first", shell_complete=complete_cassette)
@click.option(
    "--api",
    type=click.Choice(APIS),
    default=APIS[0],
    show_default=True,
    help="The API of the conversation.",
)
@config_option
def demo(cassette: str, api: str, config_file: Path | None) -> int:
    """Record, replay and compare a sample conversation, offline and without a key.

    It records a conversation with the bundled simulator in CASSETTE (a file or a name; default:
    "first"), replays it at the recorded pace, and compares the two. It takes a few seconds.
    """
    from runreel.demo import CONVERSATIONS, DemoLoop, build_demo_config  # noqa: PLC0415 - not for --help
    from runreel.shell.process.rlimits import allow_many_connections  # noqa: PLC0415 - not for --help
    from runreel.shell.store import resolve_argument  # noqa: PLC0415 - not for --help

    settings = read_settings(config_file).config
    config = build_demo_config(settings)
    start_log(config)
    allow_many_connections()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    path = resolve_argument(cassette, Path(settings.cassettes))
    return asyncio.run(_run_until_stopped(DemoLoop(path, config, CONVERSATIONS[api])))


async def _run_until_stopped(loop: DemoLoop) -> int:
    story = Story()
    task = asyncio.ensure_future(_run_demo(loop, story))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        story.finish_answer()
        return INTERRUPTED


async def _run_demo(loop: DemoLoop, story: Story) -> int:
    """Run the demo, and return its exit code: 1 if the replay differs from the recording."""
    from runreel.config import Speed  # noqa: PLC0415 - not for --help
    from runreel.demo import compare_conversations  # noqa: PLC0415 - not for --help
    from runreel.simulator import serve_simulator  # noqa: PLC0415 - not for --help

    async with serve_simulator(delay=EVENT_DELAY) as simulator:
        story.start_part(
            "live", f"Recording: a client calls the simulator at {simulator} through the proxy"
        )
        live = await loop.record(simulator, story)
    story.start_part(
        "replay", "The simulator is stopped. Replaying without a key, at the recorded pace"
    )
    replayed = await loop.replay(Speed.RECORDED, story)
    story.start_part("", "Comparing")
    at_pace = compare_conversations(live, replayed)
    at_once = compare_conversations(replayed, await loop.replay(Speed.INSTANT))
    story.print_comparison("replay and live conversation", at_pace)
    story.print_pace(at_pace)
    story.print_comparison("a second replay, all at once, and the first", at_once)
    story.print_next_steps(loop.path, live)
    return 1 if at_pace.differences or at_once.differences else 0


class Story:
    """A report of the demo on standard output; streamed text is shown as it arrives."""

    def __init__(self) -> None:
        self._gutter = ""
        self._number = 0
        self._is_in_line = False

    def start_part(self, label: str, title: str) -> None:
        """Print the title of a new part; ``label`` is put before the streamed text in it."""
        self._gutter = f"{label:>12} | "
        self._number = 0
        _print_now(f"\n{style(title, bold=True)}")

    def show_answer(self, title: str, operation: str, status: int) -> None:
        """Print a line for a request and its answer."""
        self.finish_answer()  # of a stream that goes on beside it
        self._number += 1
        _print_now(f"{self._number:>4}  {operation:<25}  {status}  {title}")

    def show_text(self, text: str) -> None:
        """Print a piece of streamed text immediately, with control characters escaped."""
        if text:
            prefix = "" if self._is_in_line else self._gutter
            self._is_in_line = True
            _print_now(prefix + escape_controls(text).replace("\n", "\n" + self._gutter), end="")

    def finish_answer(self) -> None:
        """End the line of streamed text, if one was begun."""
        if self._is_in_line:
            self._is_in_line = False
            _print_now("")

    def print_comparison(self, subject: str, comparison: Comparison) -> None:
        """Print the result of a comparison, with each difference."""
        if not comparison.differences:
            _print_now(
                f"  the same: {subject}: {comparison.answers} answers with status, headers, "
                f"{comparison.size} bytes of body, {comparison.chunks} chunk boundaries"
            )
            return
        _print_now(style(f"  DIFFERENT: {subject}", fg="red"))
        for difference in comparison.differences:
            _print_now(f"    {escape_controls(difference)}")

    def print_pace(self, comparison: Comparison) -> None:
        """Print the accuracy of the replayed pace."""
        _print_now(
            f"  the pace: each event came within {format_duration(comparison.slip_us)} of its "
            "recorded time"
        )

    def print_next_steps(self, path: Path, turns: Sequence[Turn]) -> None:
        """Print the path of the cassette, and commands to try next."""
        streamed = next(number for number, turn in enumerate(turns, 1) if turn.is_stream)
        name = shlex.quote(escape_controls(str(path)))
        self.start_part("", "The cassette")
        _print_now(f"  {name}: {len(turns)} exchanges, {format_size(path.stat().st_size)}")
        self.start_part("", "Try next")
        _print_now(f"  runreel show {name} {streamed}")
        _print_now(f"  runreel inspect {name}")
        _print_now(f"  runreel replay {name} --speed recorded")
        _print_now("  runreel record my-app --upstream https://api.openai.com -- python app.py")


def _print_now(text: str, *, end: str = "\n") -> None:
    """Print and flush, so that streamed text appears as it arrives."""
    print(text, end=end, flush=True)
