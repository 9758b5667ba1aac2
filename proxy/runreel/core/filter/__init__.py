"""The filter language: which exchanges to list, show, count or compare.

``op:runs.* status:>=400 or text:"refund"`` is parsed once (``parse_filter``) and then asked about
each exchange. Terms about the head of an exchange need nothing else; only the others build its
trace, and only if the former leave the decision open. ``docs/filter.md`` has the grammar.

===========  =====================================================================
``parser``   text to ``Filter``, with the place of a mistake and the nearest word
``lexer``    text to tokens
``terms``    the table of terms: what each one means, and what it needs
``values``   patterns, numbers with units, and ranges
``nodes``    ``Filter``: the tree that is evaluated
``subject``  ``FilterSubject``: an exchange with its trace, built on demand
===========  =====================================================================
"""
