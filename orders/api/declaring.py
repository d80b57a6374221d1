"""What an action of API v2 is: one declaration that answers calls and documents itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.db import Error
from django.utils.functional import Promise

from accounts import admission
from accounts.admission import Knock
from accounts.models import ApiKey
from orders.api.errors import INCORRECT_REQUEST, TOO_MANY_ORDERS
from orders.api.failing import ApiError
from orders.api.price_list import PriceList
from orders.api.transport import Call, Parameter
from orders.followups import asking
from orders.models import FollowUp
from orders.placing.asking import OrderRequest
from orders.placing.placement import Placed
from orders.placing.reading import Found
from orders.refusals import OrderRefused
from services.viewpoints import Viewpoint
from wallet.money import InvalidAmount, parse_whole

MAX_NUMBERS = 100

Sample = Mapping[str, object] | list[dict[str, object]]
Answer = Sample | PriceList


class Shop(Protocol):
    """What is done with a customer's orders: `live`, or `played` for his sandbox keys."""

    def place(
        self, *, customer_id: int, request: OrderRequest, at: datetime, found: Found | None
    ) -> Placed:
        """As `placement.place_order`. Raises OrderRefused."""

    def place_many(
        self, *, customer_id: int, requests: Sequence[OrderRequest], at: datetime
    ) -> list[Placed | OrderRefused]:
        """What became of each, in their order."""

    def reports(
        self, *, customer_id: int, numbers: Iterable[int], at: datetime
    ) -> dict[int, dict[str, object]]:
        """His own orders among the numbers, as `status` tells of them."""

    def spendable_micros(self, *, customer_id: int, at: datetime) -> int: ...

    def ask(
        self, *, order_ids: Iterable[int], customer_id: int, kind: FollowUp.Kind, at: datetime
    ) -> list[asking.Answer]:
        """As `followups.asking.ask_many`."""

    def refill_states(
        self, *, customer_id: int, numbers: Iterable[int], at: datetime
    ) -> dict[int, str]:
        """FollowUp.State of his own refills among the numbers."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was read when a call was admitted: of what `add` asks for, or of who asks for
    `services`. `order_id` is the order that `add` asks for, where it is placed already; `lost` is
    what the database raised where nobody knows whether it is."""

    request: OrderRequest | None = None
    found: Found | None = None
    order_id: int | None = None
    lost: Error | None = None
    viewpoint: Viewpoint | None = None


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose call it is, when, and what the key's owner chose for it."""

    customer_id: int
    at: datetime
    shop: Shop
    errors: ApiKey.Errors = ApiKey.Errors.SENTENCES
    repeat_window_seconds: int = 0
    ahead: Ahead | None = None


Handler = Callable[[Caller, Call], Answer]


@dataclass(frozen=True, slots=True)
class Action:
    """`sample` is an answer as the documentation shows it; a test holds it to the real ones.
    `aliases` are what other panels call it; `admits` lets a call in and does more on the way, if
    it is one that the handler would take from this caller; or it leaves it to the door (None).
    Raises admission.Refused."""

    name: str
    about: str | Promise
    handler: Handler
    sample: Sample
    parameters: tuple[Parameter, ...] = ()
    scope: ApiKey.Scope = ApiKey.Scope.READ
    aliases: tuple[str, ...] = ()
    admits: Callable[[Knock, Call], tuple[admission.Caller, Ahead] | None] | None = None


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
