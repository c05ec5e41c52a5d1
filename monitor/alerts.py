"""Which hits cannot wait for the digest. Pure.

The kind of message and its place in the flow stand; which hits are urgent is not decided yet,
so nothing is: a digest tells everything, an alert would tell it twice.
"""

from collections.abc import Iterable

from monitor.model import Hit, Item, Message

KIND = "alert"  #: Message.kind of what `plan` returns


def plan(hits: Iterable[tuple[Hit, Item]]) -> tuple[Message, ...]:
    """The messages that these new hits are worth at once: none."""
    del hits
    return ()
