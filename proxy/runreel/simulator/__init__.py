"""A simulated upstream with the Assistants API, to try runreel without a key.

Its answers follow fixed rules instead of a model, so the same requests always get the same answers.
Requests control it: a run with a function among its tools calls that function first, a run with the
tool ``code_interpreter`` runs some code, and ``metadata.simulate`` may be ``fail``, ``rate_limit``,
``expire``, ``incomplete`` or ``break``.
"""

from runreel.simulator.api.server import create_app, serve_simulator

__all__ = ["create_app", "serve_simulator"]
