"""Values that a client makes anew, such as the ids of its calls, and finds again in the answer.

They are bound to recorded ones in ``bound_values``, and given back. ``request_values`` finds them
in requests, ``path_index`` those in paths that no recorded request has, and ``substitution`` puts
them in answers.
"""
