"""What every surface tells of a wish that cannot be granted."""

from __future__ import annotations


class ControlError(Exception):
    """A wish that cannot be granted: `id` is stable for programs, the message says what to do."""

    def __init__(self, error_id: str, message: str) -> None:
        super().__init__(message)
        self.id = error_id
