"""From feed URL to clean items. Only `fetch` (by way of `network`) touches the network.

fetch -> parse -> normalise -> revisions, with schedule beside them: each one's result is the next
one's argument, and only the first does I/O. `guarded` runs the two in the middle where they can
be killed.
"""
