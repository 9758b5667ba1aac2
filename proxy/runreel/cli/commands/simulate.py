"""``runreel simulate``: serve a sample upstream until a signal stops it."""

from __future__ import annotations

import asyncio
import signal

import click

from runreel.cli.options import start_log
from runreel.config import Address, Config

EPILOG = """\
\b
Example:
  runreel simulate &
  runreel record first --upstream http://127.0.0.1:7358

\b
A run's metadata controls its outcome: {"simulate": "fail"}, or "rate_limit", "expire", "incomplete"
or "break". If a run has a function among its tools, the function is called first, with arguments
generated from its JSON schema.
"""


def _parse_address(_context: click.Context, _option: click.Parameter, text: str) -> Address:
    try:
        return Address.parse(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@click.command(epilog=EPILOG)
@click.option(
    "--listen",
    metavar="HOST:PORT",
    default="127.0.0.1:7358",
    show_default=True,
    callback=_parse_address,
    help="Address to listen on; port 0 picks a free port.",
)
@click.option(
    "--delay",
    metavar="SECONDS",
    type=click.FloatRange(min=0, max=60),
    default=0.03,
    show_default=True,
    help="Pause between two events of a stream.",
)
def simulate(listen: Address, delay: float) -> None:
    """Serve a sample upstream with the create-run calls, for experiments without a key."""
    asyncio.run(_serve(listen, delay))


async def _serve(listen: Address, delay: float) -> None:
    from runreel.shell.process import exception_hooks  # noqa: PLC0415 - slow to import
    from runreel.shell.process.rlimits import allow_many_connections  # noqa: PLC0415 - not for --help
    from runreel.simulator import serve_simulator  # noqa: PLC0415 - not for --help

    start_log(Config())
    exception_hooks.install_exception_hooks()
    allow_many_connections()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with serve_simulator(listen.host, listen.port, delay=delay) as url:
        click.echo(f"listening on {url}")
        await stop.wait()
