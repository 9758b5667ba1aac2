"""The inspector's endpoints below ``/-/``: its page, and the API that the page reads.

==============  ==============================================================================
``sources``     the recordings that are shown: cassettes, and the sessions of a server
``index``       the rows of recordings, read bit by bit; searches in them
``endpoints``   the answers of the API
``api``         from a path to its endpoint
``page_files``  the files of the page
==============  ==============================================================================
"""
