"""Documents that only the inspector's page needs; ``docs/inspector-api.md`` describes them.

===================  ==============================================================
``rows``             an exchange in the list, with the shape of its answer over time
``growth``           the same of an answer that is under way
``condensed``        a trace without its texts, small enough to keep for every exchange
``pages``            parts of an exchange: cut texts, events by number, bytes
``run_page``         a run: its exchanges on one time line, its transcript
``miss_page``        a miss: what was sent against the nearest exchange
``redaction_marks``  where placeholders stand
``rule_proposal``    the rule that redacts a selected text
``html_export``      the page as one file
===================  ==============================================================
"""
