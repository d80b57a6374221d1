"""What an action of API v2 is: one declaration that answers calls and documents itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from accounts.models import ApiKey
from orders.api.errors import INCORRECT_REQUEST, TOO_MANY_ORDERS, ApiError
from orders.api.price_list import PriceList
from orders.api.transport import Call, Parameter
from wallet.money import InvalidAmount, parse_whole

MAX_NUMBERS = 100

Sample = Mapping[str, object] | list[dict[str, object]]
Answer = Sample | PriceList


@dataclass(frozen=True, slots=True)
class Caller:
    customer_id: int
    at: datetime


Handler = Callable[[Caller, Call], Answer]


@dataclass(frozen=True, slots=True)
class Action:
    """`sample` is an answer as the documentation shows it; a test holds it to the real ones."""

    name: str
    about: str | Promise
    handler: Handler
    sample: Sample
    parameters: tuple[Parameter, ...] = ()
    scope: ApiKey.Scope = ApiKey.Scope.READ


def numbers_in(call: Call, parameter: Parameter) -> list[str]:
    """The numbers of a list as they were written, each once; empty where it was not sent. Raises
    ApiError for a list of nothing and for more than MAX_NUMBERS."""
    text = call.text(parameter)
    if not text:
        return []
    numbers = list(dict.fromkeys(number for part in text.split(",") if (number := part.strip())))
    if not numbers:
        raise ApiError(INCORRECT_REQUEST, parameter=parameter.name)
    if len(numbers) > MAX_NUMBERS:
        raise ApiError(TOO_MANY_ORDERS)
    return numbers


def row_id(number: str) -> int:
    """The id that a text names; 0, which no row has, where it names none."""
    try:
        return parse_whole(number.strip())
    except InvalidAmount:
        return 0
