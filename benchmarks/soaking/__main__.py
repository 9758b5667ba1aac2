"""Let many mixed clients record, stop, replay their calls; check that nothing is missing."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.processes import Cores, Server
from benchmarks.soaking.clients import Results
from benchmarks.soaking.early import run_early
from benchmarks.soaking.monitor import Monitor, Sample, pick
from benchmarks.soaking.rounds import run_rounds
from benchmarks.soaking.soak import Soak, stop
from runreel.shell.store import CassetteReader

_SETTLE = 60.0


def main(arguments: Sequence[str]) -> int:
    """Run the soak; return 1 if an answered exchange is missing, or a call in replay."""
    options = _parse_options(arguments)
    cores = Cores(frozenset(), frozenset()) if options.rounds else Cores.divide()
    if cores.load:
        os.sched_setaffinity(0, cores.load)
    sys.setswitchinterval(0.0005)  # so that the thread that asks for the health is not delayed
    with tempfile.TemporaryDirectory(prefix="runreel-soak-", dir=options.folder) as folder:
        soak = Soak(
            Path(folder),
            cores,
            60 * options.minutes,
            options.clients,
            options.rate,
            options.seed,
            options.loop,
            options.fresh_cookies,
            options.interval,
        )
        if options.early:
            return asyncio.run(run_early(soak, options.early))
        if options.rounds:
            return asyncio.run(run_rounds(soak, options.rounds))
        return asyncio.run(_run(soak))


def _parse_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks/soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=15, help="length of each phase (15)")
    parser.add_argument("--clients", type=int, default=60, help="number of clients (60)")
    parser.add_argument("--rate", type=float, default=100, help="calls a second, of all (100)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the calls (1)")
    parser.add_argument("--loop", default="auto", help="event loop of runreel (auto)")
    parser.add_argument("--interval", type=float, default=10, help="seconds between lines (10)")
    parser.add_argument(
        "--fresh-cookies",
        action="store_true",
        help="clients keep no cookies, so each answer has two new ones",
    )
    parser.add_argument(
        "--early", type=int, help="only this many uploads that are answered at their head"
    )
    parser.add_argument(
        "--rounds", type=int, help="only this many short recordings that are interrupted"
    )
    parser.add_argument("--folder", help="folder for the cassette, which is removed at the end")
    return parser.parse_args(arguments)


async def _run(soak: Soak) -> int:
    async with soak.run_upstream() as upstream:
        recorded, missing = await _record(soak, upstream)
    unanswered = await _replay(soak, recorded)
    return int(bool(missing or unanswered or not recorded.exchanges))


async def _record(soak: Soak, upstream: Server) -> tuple[Results, set[int]]:
    print(f"record: {soak.clients} clients, {soak.rate:g} calls a second, seed {soak.seed}")
    async with soak.run_runreel("record", str(soak.cassette), "--upstream", upstream.url) as (
        server,
        holds,
    ):
        results, monitor = await soak.run_load(server, holds)
        seconds = await stop(server)
    with CassetteReader.open(soak.cassette) as reader:
        stored = {head.number for head in reader.heads}
    missing = results.exchanges - stored
    _print_summary(results, monitor)
    print(
        f"  stopped in {seconds:.1f} s; answered {len(results.exchanges):,}, "
        f"in the cassette {len(stored):,}, missing {len(missing):,}"
    )
    return results, missing


async def _replay(soak: Soak, recorded: Results) -> int:
    """Replay the calls that were recorded; return how many were not answered."""
    print("replay: the same calls")
    async with soak.run_runreel("replay", str(soak.cassette)) as (server, holds):
        results, monitor = await soak.run_load(server, holds, recorded.calls)
        await stop(server)
    _print_summary(results, monitor)
    unanswered = results.outcomes.total() - results.outcomes["replayed"]
    print(f"  replayed {results.outcomes['replayed']:,}, not replayed {unanswered:,}")
    return unanswered


def _print_summary(results: Results, monitor: Monitor) -> None:
    samples = monitor.samples
    first = [sample for sample in samples if sample.second <= _SETTLE * 1.01] or samples[:1]
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in results.kinds.most_common())
    outcomes = ", ".join(f"{name} {count:,}" for name, count in results.outcomes.most_common())
    print(f"  calls: {kinds}; a second late or more: {results.late:,}")
    print(f"  outcomes: {outcomes}")
    print(
        f"  memory {first[-1].resident / 1e6:.0f} MB after the first minute, "
        f"{samples[-1].resident / 1e6:.0f} MB at the end: "
        f"{samples[-1].resident / first[-1].resident:.2f} times"
    )
    wall, cpu, own = (1000 * max(s.holds[kind] for s in samples) for kind in range(3))
    print(f"  longest hold of the loop {wall:.1f} ms, {cpu:.1f} ms of CPU, {own:.1f} ms its own")
    print(
        f"  health, median of the first minute {_pick_health(first, 0.5):.1f} ms, "
        f"of the last {_pick_health(samples[-len(first) :], 0.5):.1f} ms; "
        f"longest {_pick_health(first, 1):.1f} and {_pick_health(samples, 1):.1f} ms; "
        f"failed {monitor.probe.failures}",
        flush=True,
    )


def _pick_health(samples: Sequence[Sample], share: float) -> float:
    return pick(sorted(time for sample in samples for time in sample.health), share)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
