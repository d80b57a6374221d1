"""The parts of a dialect: how a provider wants to be asked and under which names it answers.

Every default is API v2. What an operator may change, and within which bounds: `changing`.
"""

from dataclasses import dataclass
from enum import StrEnum

Names = tuple[str, ...]


class Method(StrEnum):
    """A provider that takes both is asked by POST: proxies may repeat a GET by themselves."""

    POST = "POST"
    GET = "GET"


class Encoding(StrEnum):
    """How the parameters travel; `QUERY` is in the address, with an empty body."""

    FORM = "form"
    JSON = "json"
    MULTIPART = "multipart"
    QUERY = "query"


class KeyPlace(StrEnum):
    """Where our key goes: beside the parameters, in the address, in a header of its own, or as
    `Authorization: Bearer`."""

    PARAMETER = "parameter"
    QUERY = "query"
    HEADER = "header"
    BEARER = "bearer"


class ActionPlace(StrEnum):
    """The action is a parameter, or the last part of the path."""

    PARAMETER = "parameter"
    PATH = "path"


class LineBreak(StrEnum):
    """What stands between the items of a list parameter."""

    LF = "lf"
    CRLF = "crlf"


class Reports(StrEnum):
    """Several reports come as an object keyed by numbers, or as a list that names them."""

    BY_NUMBER = "by_number"
    LIST = "list"


class NumberStyle(StrEnum):
    """Amounts as plain decimals, as 1,234.56 or as 1.234,56; the last two with a sign of the
    currency before or after."""

    PLAIN = "plain"
    POINT = "point"
    COMMA = "comma"


@dataclass(frozen=True, kw_only=True)
class Calling:
    """One call. `key_name` is a parameter or, for `KeyPlace.HEADER`, a header.

    `sends_numbers`: whole numbers leave as numbers, which only JSON can tell from texts.
    `has_open_price_list`: `services` is asked without the key.
    """

    method: Method = Method.POST
    encoding: Encoding = Encoding.FORM
    key_place: KeyPlace = KeyPlace.PARAMETER
    key_name: str = "key"
    action_place: ActionPlace = ActionPlace.PARAMETER
    action_name: str = "action"
    line_break: LineBreak = LineBreak.LF
    sends_numbers: bool = False
    has_open_price_list: bool = False


@dataclass(frozen=True, kw_only=True)
class Actions:
    """What the actions are called; `statuses` is the one about several orders."""

    services: str = "services"
    add: str = "add"
    status: str = "status"
    statuses: str = "status"
    refill: str = "refill"
    refill_status: str = "refill_status"
    cancel: str = "cancel"
    balance: str = "balance"


@dataclass(frozen=True, kw_only=True)
class Fields:
    """Under which names an answer may say something; two that differ say nothing (`naming.pick`).

    `order`: the number of an order, new or reported on. `can_*` and what stands before them belong
    to a price list; `unit` names how many a line's price is for. `error`, `message` and `verdict`
    are where a complaint is looked for, in every answer.
    """

    order: Names = ("order",)
    refill: Names = ("refill",)
    cancel: Names = ("cancel",)
    status: Names = ("status",)
    charge: Names = ("charge",)
    start_count: Names = ("start_count",)
    remains: Names = ("remains",)
    currency: Names = ("currency",)
    quantity: Names = ("quantity",)
    orders: Names = ("orders",)
    posts: Names = ("posts",)
    expiry: Names = ("expiry",)
    balance: Names = ("balance",)
    service: Names = ("service",)
    name: Names = ("name",)
    category: Names = ("category",)
    type: Names = ("type",)
    rate: Names = ("rate",)
    unit: Names = ()
    min: Names = ("min",)
    max: Names = ("max",)
    can_refill: Names = ("refill",)
    can_cancel: Names = ("cancel",)
    can_drip_feed: Names = ("dripfeed",)
    description: Names = ("desc", "description")
    error: Names = ("error", "errors")
    message: Names = ("message", "msg")
    verdict: Names = ("status", "success")


@dataclass(frozen=True, kw_only=True)
class Prices:
    """`per`: how many a price of the list is for (1, 10, 100 or 1000); a package is one."""

    per: int = 1000
    number_style: NumberStyle = NumberStyle.PLAIN


# What an order or a question may carry, by the names of API v2.
LISTS = frozenset({"keywords", "comments", "usernames", "hashtags", "groups"})
NUMBERS = frozenset(
    {"service", "order", "refill", "quantity", "runs", "interval", "min", "max", "delay"}
    | {"posts", "old_posts", "device", "type_of_traffic"}
)
TEXTS = frozenset(
    {"link", "hashtag", "username", "media", "answer_number", "expiry", "country"}
    | {"google_keyword", "referring_url", "orders", "refills"}
)
PARAMETERS = LISTS | NUMBERS | TEXTS
