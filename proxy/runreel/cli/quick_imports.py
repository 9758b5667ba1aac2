"""Imports of a server's modules, of which there are hundreds, without what it does not need."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from runreel.shell.process.gc_pause import exempt_imports

_PLACES_OF_CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""Environment variables that OpenSSL reads (``SSL_CTX_set_default_verify_paths``)."""

_DEEPEST = "runreel.core.redact.redactor"
"""The module with the longest chain of imports, which is imported first, while few calls are open.

Where the stack of calls grows beyond each 16 KB, CPython maps memory at each call and unmaps it at
each return, which cost these imports 20 ms.
"""


@contextmanager
def import_quickly() -> Iterator[None]:
    """Let the block import modules without collecting garbage or reading CA certificates.

    ``aiohttp.connector`` reads all certificates of the system twice when it is imported, for its
    client's TLS contexts. ``shell.record.upstream`` makes a context of its own, when it needs one.
    """
    with exempt_imports(), _hide_certificates():
        import_module(_DEEPEST)
        yield


@contextmanager
def _hide_certificates() -> Iterator[None]:
    saved = {name: os.environ.get(name) for name in _PLACES_OF_CERTIFICATES}
    os.environ.update(dict.fromkeys(_PLACES_OF_CERTIFICATES, os.devnull))
    try:
        yield
    finally:
        for name, value in saved.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
