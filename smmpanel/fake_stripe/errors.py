"""What the gateway answers when it will not do something."""

from collections.abc import Mapping
from typing import Any


class Refused(Exception):
    """One error of the API; whatever the call had begun is undone."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        details: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        members = {"type": kind, "message": message, "code": code, "param": param}
        self.error: dict[str, Any] = {
            name: value for name, value in members.items() if value is not None
        } | dict(details or {})


class Declined(Refused):
    """A payment that was tried and failed; what the attempt left behind stays."""

    def __init__(self, message: str, *, code: str, details: Mapping[str, object]) -> None:
        super().__init__(message, status=402, kind="card_error", code=code, details=details)


def missing(noun: str, name: str, *, param: str = "id") -> Refused:
    """An id that leads nowhere. In the address it is 404, in a parameter 400."""
    return Refused(
        f"No such {noun}: '{name}'",
        status=404 if param == "id" else 400,
        code="resource_missing",
        param=param,
    )
