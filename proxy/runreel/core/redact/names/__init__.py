"""The judgement of names: which names of fields announce a credential, and how surely.

``words`` takes a name apart, so that ``X-Internal-Api-Key``, ``dbPassword`` and ``APIKEY`` are read
as their reader does. ``judgement`` looks at the last words: a ``password`` holds one, a ``key`` may
be anything. The verdict therefore says which ``evidence`` the value itself must give.

An example: ``GITHUB_TOKEN`` ends with ``token``, and ``github`` is a word for the owner of one, so
any value counts. ``next_page_token`` belongs to a page, so none does. Of ``widget_token`` nothing
is known, so only random characters count; in a header, where no prose is expected, whatever is
not a plain word.
"""
