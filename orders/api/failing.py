"""How a call of API v2 ends that cannot be answered: its error, in the words of `errors`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accounts.models import ApiKey
from orders.api.errors import REFUSALS, Problem
from orders.refusals import OrderRefused, RefusalCode

# Their sentence does not say what is wrong: the names do.
_NAMED = (RefusalCode.INVALID_PARAMETER, RefusalCode.INVALID_RUNS)


class ApiError(Exception):
    """Ends a call. `parameter` names the one that could not be read, where it is about one;
    of several `parameters` the answer names the first, and then all."""

    def __init__(
        self,
        problem: Problem,
        *,
        fact: int = 0,
        parameter: str = "",
        parameters: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(problem.code)
        self.problem = problem
        self.fact = fact
        self.names = [parameter] if parameter else list(parameters)
        self.headers = headers or {}

    def body(self, style: ApiKey.Errors = ApiKey.Errors.SENTENCES) -> dict[str, object]:
        """What the answer says, in the words that the key's owner chose."""
        body: dict[str, object] = {
            "error": self.problem.text(style=style, fact=self.fact),
            "code": self.problem.code,
        }
        if self.names:
            body["parameter"] = self.names[0]
        if len(self.names) > 1:
            body["parameters"] = self.names
        return body


def from_refusal(refused: OrderRefused) -> ApiError:
    """The same refusal in the words of the trade, with the names of what has to be changed."""
    if refused.code == RefusalCode.NOT_ACKNOWLEDGED:
        names = ["allow_duplicate"]
    else:
        names = list(refused.problems) if refused.code in _NAMED else []
    return ApiError(REFUSALS[refused.code], fact=refused.fact, parameters=names)
