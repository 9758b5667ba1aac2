"""Fork the workers of one port, and connect them with each other and with this process."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass

from runreel.shell.store.names import DEFAULT_SESSION
from runreel.shell.workers.crew import WorkerPlace
from runreel.shell.workers.places import SessionPlaces


@dataclass(frozen=True, slots=True)
class ForkedWorker:
    """A worker, as the process sees it that has forked it."""

    pid: int
    status: int
    """Descriptor of a pipe: a byte comes when the worker is ready, the end when it has ended."""


@dataclass(frozen=True, slots=True)
class Fork:
    """The role of a process after the fork: one of the workers, or the one that has forked them."""

    workers: Sequence[ForkedWorker] = ()
    lifeline: int = -1
    """Descriptor of the pipe that keeps the workers running, until it is closed."""
    place: WorkerPlace | None = None
    """Set in a worker."""
    status: int = -1
    """In a worker: where it says that it is ready."""


def fork_workers(count: int, listeners: Sequence[socket.socket]) -> Fork:
    """Fork ``count`` workers that accept connections from ``listeners``.

    Only this process must have threads and event loops after that. It keeps none of the sockets.
    """
    places = SessionPlaces(count)
    places.find(DEFAULT_SESSION)
    channels = [socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in range(count)]
    outboxes = [sending for _, sending in channels]
    for outbox in outboxes:
        outbox.setblocking(False)
    lifeline, held = os.pipe()
    instance = f"{time.time_ns():x}"
    workers: list[ForkedWorker] = []
    for number, (inbox, _) in enumerate(channels):
        ready, status = os.pipe()
        pid = os.fork()
        if pid == 0:
            for fd in (held, ready, *(worker.status for worker in workers)):
                os.close(fd)
            _detach_from_terminal()
            place = WorkerPlace(number, places, inbox, outboxes, listeners, lifeline, instance)
            return Fork(place=place, status=status)
        os.close(status)
        workers.append(ForkedWorker(pid, ready))
    for each in (*listeners, *(end for channel in channels for end in channel)):
        each.close()
    places.close()
    os.close(lifeline)
    return Fork(workers, held)


def _detach_from_terminal() -> None:
    """Leave the terminal: its signals, and what is typed, are for the first process alone."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
