"""A sample upstream that speaks create-run, for trying things without a key.

It answers by rule, not by a model, the same each time. The request steers it: a function among the
run's tools is called first, ``code_interpreter`` runs some code, and ``metadata.simulate`` asks for
``fail``, ``rate_limit``, ``expire``, ``incomplete`` or ``break``.
"""

from runreel.simulator.server import create_app, serve_simulator

__all__ = ["create_app", "serve_simulator"]
