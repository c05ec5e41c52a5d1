"""The way out: one protocol, one module a channel."""

from typing import Protocol

from monitor.model import Message


class Sender(Protocol):
    """Whatever can hand one message over."""

    def __call__(self, message: Message, /) -> None:
        """Hand `message` over.

        Raises:
            DeliveryError: it was not; `permanent` says that another try is useless.
        """
