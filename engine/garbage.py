"""When Python looks for garbage that refers to itself: seldom, in a process that answers requests or does what is due.

As it comes, Python looks after every 700 new objects, and a page of a thousand students makes a hundred thousand: a
quarter of its time went into looking through rows that were all in use, and a third of that of a class list.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 25_000  # made and not yet freed, before the next look; a small page makes fewer
YOUNGER_LOOKS = 20  # before a look at what has stayed for longer


def seldom() -> None:
    """To be called once the application stands: what is there then stays, and is never looked through again."""
    keep()
    gc.set_threshold(NEW_OBJECTS, YOUNGER_LOOKS, YOUNGER_LOOKS)


def keep() -> None:
    """What is there now is not looked through again. Before a fork: a look writes to each object, and what one process
    wrote to is no longer shared."""
    gc.collect()
    gc.freeze()
