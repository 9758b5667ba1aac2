"""The tools of ``runreel mcp`` for coding agents: they read cassettes, page by page.

============  ==========================================================================
``library``   the cassettes that may be read, by name
``commands``  runs a command of this program and returns a page of its output
``tools``     the tools: their parameters, and the commands that they are
============  ==========================================================================
"""
