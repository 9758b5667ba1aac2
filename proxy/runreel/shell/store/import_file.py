"""Importing recordings of other tools: redact them, and write them to a new cassette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runreel import __version__
from runreel.core.cassette import CassetteHeader
from runreel.core.interop.foreign import ForeignRecording, convert, count_origins, is_below
from runreel.core.record.seal import SealedRecord, Sealer
from runreel.core.record.sealing_passes import SealingPasses
from runreel.errors import UsageError
from runreel.model import Exchange
from runreel.shell.process.gc_pause import pause_gc
from runreel.shell.store.writer import CassetteWriter

_SHOWN_ORIGINS = 5


@dataclass(frozen=True, slots=True)
class ImportResult:
    """The outcome of an import."""

    cassette: Path
    upstream: str
    exchanges: int
    replaced: int
    """Number of values that were replaced by placeholders."""
    left_out: int
    """Number of exchanges with other hosts."""


def import_recording(
    recording: ForeignRecording,
    target: Path,
    sealer: Sealer,
    *,
    upstream: str,
    session: str,
    now_ns: int,
    mode: int,
    advance: Callable[[], None] = lambda: None,
) -> ImportResult:
    """Write the exchanges with ``upstream`` to a new cassette, redacted; replace an existing one.

    ``now_ns`` is the time, in nanoseconds since 1970; ``mode`` is the permissions of the file;
    ``advance`` is called twice for each exchange. Raises ``StoreError`` if the cassette cannot be
    written, or a secret would remain.
    """
    taken = [each for each in recording.exchanges if is_below(each, upstream)]
    exchanges = convert(taken, upstream, session=session, now_ns=now_ns)
    header = CassetteHeader(now_ns, f"runreel {__version__}", upstream)
    writer = CassetteWriter.create(target, header, mode=mode)
    try:
        replaced = _write(exchanges, sealer, writer, advance)
    except BaseException:
        writer.discard()
        raise
    writer.close()
    left_out = len(recording.exchanges) - len(taken)
    return ImportResult(target, upstream, len(taken), replaced, left_out)


def choose_upstreams(recording: ForeignRecording, upstream: str, *, split: bool) -> list[str]:
    """Return the base URLs for which a cassette is made.

    That is ``upstream`` or, if it is empty, the only host of the file; all its hosts if ``split``.
    Raises ``UsageError`` if there is no exchange with it, or if the choice is not clear.
    """
    if upstream:
        if not any(is_below(each, upstream) for each in recording.exchanges):
            raise UsageError(f"it has no exchange with {upstream}")
        return [upstream]
    origins = count_origins(recording.exchanges)
    if not origins:
        raise UsageError("it has no exchange that could be imported")
    if len(origins) > 1 and not split:
        shown = [f"{origin} ({count})" for origin, count in origins.most_common(_SHOWN_ORIGINS)]
        hidden = len(origins) - len(shown)
        more = f" and {hidden} more" if hidden else ""
        raise UsageError(
            f"it has exchanges with several hosts: {', '.join(shown)}{more}; choose one with "
            "--upstream, or make a cassette for each with --split"
        )
    return list(origins)


def _write(
    exchanges: Sequence[Exchange],
    sealer: Sealer,
    writer: CassetteWriter,
    advance: Callable[[], None],
) -> int:
    """Seal and write the exchanges; return the number of replaced values."""
    passes: SealingPasses[SealedRecord] = SealingPasses(sealer)
    replaced = 0
    for exchange in exchanges:
        _seal(passes, sealer, exchange)
        advance()
    for exchange in exchanges:
        sealed = _seal(passes, sealer, exchange)
        writer.write(sealed.record)
        replaced += sum(entry.count for entry in sealed.head.ledger)
        advance()
    writer.sync()
    return replaced


def _seal(passes: SealingPasses[SealedRecord], sealer: Sealer, exchange: Exchange) -> SealedRecord:
    with pause_gc():
        return passes.seal(exchange.head.number, lambda: exchange, sealer.seal)
