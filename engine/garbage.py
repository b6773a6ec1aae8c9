"""When Python looks for garbage that refers to itself: seldom, in a process that answers requests.

As it comes, Python looks after every 700 new objects, and a page of a thousand students makes a hundred thousand: a
quarter of its time went into looking through rows that were all in use.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 25_000  # made and not yet freed, before the next look; a small page makes fewer
YOUNGER_LOOKS = 20  # before a look at what has stayed for longer


def seldom() -> None:
    """To be called once the application stands: what is there then stays, and is never looked through again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, YOUNGER_LOOKS, YOUNGER_LOOKS)
