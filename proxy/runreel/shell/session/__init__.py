"""Sessions: opening one for each mode, its report and its end, and the sessions of a server.

============  =================================================================================
``registry``  ``Sessions``: create, find, report and end the sessions of a server
``opening``   open the components that a mode needs: ``SessionSpec`` to ``Session``
``session``   ``Session``: answers requests until its end, and reports
``auto``      ``AutoHandler``: the mode ``auto``, a player and a recorder together
============  =================================================================================
"""
