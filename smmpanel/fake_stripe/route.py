"""One address of the API: what it takes and what it does."""

from collections.abc import Callable
from dataclasses import dataclass

from smmpanel.fake_stripe import listing
from smmpanel.fake_stripe.account import Account
from smmpanel.fake_stripe.shapes import Read, call
from smmpanel.fake_stripe.store import Body

Act = Callable[[Account, str, Body], Body]
NOTHING = call({})


@dataclass(frozen=True)
class Route:
    """`path` may hold one `*`, which `act` is given as the id."""

    method: str
    path: str
    act: Act
    read: Read = NOTHING


def reading(kind: str, path: str, **filters: Read) -> list[Route]:
    """Retrieve one and list many of a kind."""

    def retrieve(account: Account, name: str, _: Body) -> Body:
        return account.get(kind, name)

    def list_page(account: Account, _: str, params: Body) -> Body:
        return listing.page(account, kind, params, url=path)

    return [
        Route("GET", f"{path}/*", retrieve),
        Route("GET", path, list_page, listing.parameters(**filters)),
    ]
