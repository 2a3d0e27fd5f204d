"""What can go wrong on the line to Asterisk; the leaf's docstring is its default message."""

from __future__ import annotations


class AmiError(Exception):
    """The line to Asterisk failed."""

    def __init__(self, message: str = "") -> None:
        super().__init__(message or (type(self).__doc__ or "").splitlines()[0])


class Unsendable(AmiError, ValueError):
    """A value cannot be put on the wire or into a dialplan argument without changing its meaning."""


class WireError(AmiError):
    """The peer does not speak the Asterisk manager protocol."""


class MessageTooLarge(WireError):
    """The peer sent a message larger than the limit."""


class ConnectFailed(AmiError):
    """No connection to the manager port."""


class LoginRefused(AmiError):
    """Asterisk refused the manager login."""


class LineDown(AmiError):
    """The line to this node is not up; nothing was queued."""


class RequestTimeout(AmiError, TimeoutError):
    """Asterisk did not answer in time; whether it acted is unknown."""


class ActionRefused(AmiError):
    """Asterisk answered the action with an error."""

    _EMPTY = ("not found", "no such entry")
    _GONE = ("no such channel", "does not exist", "does not exists", "channel not found")

    @property
    def gone(self) -> bool:
        """True when Asterisk refused because a channel named in the action no longer exists."""
        text = str(self).lower()
        return any(phrase in text for phrase in self._GONE)

    @property
    def empty(self) -> bool:
        """True when Asterisk refused because there is nothing of what was asked for."""
        text = str(self).lower()
        return any(phrase in text for phrase in self._EMPTY)

    @property
    def permission(self) -> bool:
        """True when our manager user lacks the right for the action."""
        return "permission denied" in str(self).lower()
