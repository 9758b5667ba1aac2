"""Search for secrets in one text: by name, by pattern and by JSON path.

``by_name``, ``headers``, ``bodies``, ``pairs`` and ``markup`` find credentials under the names that
announce them (``Authorization``, ``api_key``), which the folder ``names`` judges;
``detector`` and ``by_pattern`` find whatever matches the table of
rules; ``by_path`` finds the values at the users' JSON paths. ``custom`` turns settings into rules.
Nothing here replaces anything: each finder returns offsets into the text.
"""
