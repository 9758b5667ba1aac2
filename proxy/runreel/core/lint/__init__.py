"""Looking for what will cause trouble in a recording, before a test fails because of it.

=====================  ============================================================
``checks``             the table of all checks: code, severity, reason, advice
``findings``           what a check returns
``exchange_checks``    checks of one exchange
``cassette_checks``    checks of the exchanges of a cassette together
``recording_day``      dates in prompts that are those of the recording
=====================  ============================================================
"""
