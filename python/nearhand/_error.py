"""The one exception."""

from __future__ import annotations

from typing import Mapping, Optional


class Error(ValueError):
    """What the library or a command refuses.

    ``code`` is a stable word (docs/errors.md), ``message`` a sentence that says what to do, and ``details`` the values in question by name.
    """

    code: str
    message: str
    details: "dict[str, str]"

    def __init__(self, message: str, code: str = "invalid-option", details: Optional[Mapping[str, str]] = None) -> None:
        super().__init__(message, code, dict(details or {}))
        self.message = message
        self.code = code
        self.details = dict(details or {})

    def __str__(self) -> str:
        values = "".join(f" {name}={value}" for name, value in self.details.items())
        return f"{self.message} [{self.code}]{values}"
