"""Match requests: decide which are the same call, and find where two calls differ.

A request is reduced to the parts that count, each in its normal form, and hashed. Requests with
equal fingerprints are the same call. Differences are found in the same normal form, so what does
not count for a match is never reported as a difference.

==================  ==========================================================================
``rules``           ``MatchRules``: the places to ignore and the headers to compare
``canonical_json``  one form for all spellings of a JSON value
``pruning``         remove the ignored places from a JSON value
``normalize``       ``NormalizedRequest``: the parts that count; the fingerprint
``matching``        ``Matching``: all of this by the rules and the dialect of a request
``json_diff``       ``Mismatch``: a place where two JSON values differ
``request_diff``    the mismatches of two requests
``difference``      ``Difference``: a mismatch described for people
``masking``         replace the texts that do not count: dates, UUIDs, matches of patterns
``word_diff``       a diff of two long texts by words
``line_diff``       a diff of two texts by lines
``wildcards``       a recorded placeholder stands for any value
``wildcard_index``  search the recorded requests that have placeholders
==================  ==========================================================================
"""
