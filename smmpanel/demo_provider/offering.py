"""What the demo provider sells: neutral names, one line per kind of behaviour."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Offered:
    """One service; `rate` is USD per 1000, as the text that is sent."""

    number: int
    category: str
    name: str
    rate: str
    smallest: int
    largest: int
    has_refill: bool = False
    has_cancel: bool = False

    def as_item(self) -> dict[str, object]:
        """The item of the `services` list, in the types of API v2."""
        return {
            "service": self.number,
            "name": self.name,
            "type": "Default",
            "category": self.category,
            "rate": self.rate,
            "min": str(self.smallest),
            "max": str(self.largest),
            "refill": self.has_refill,
            "cancel": self.has_cancel,
            "dripfeed": False,
        }

    def charge(self, quantity: int) -> Decimal:
        """USD for a quantity, exact."""
        return Decimal(self.rate) * quantity / 1000


SERVICES = {
    offered.number: offered
    for offered in (
        Offered(101, "Platform A", "Followers, standard", "0.90", 10, 100_000, True, True),
        Offered(102, "Platform A", "Likes, fast", "0.35", 10, 50_000, False, True),
        Offered(103, "Platform A", "Views", "0.021", 100, 10_000_000),
        Offered(201, "Platform B", "Subscribers, slow start", "8", 50, 20_000, True, True),
        Offered(202, "Platform B", "Watch minutes", "2.75", 100, 60_000),
        Offered(301, "Platform C", "Members", "1.2", 10, 30_000, True, False),
    )
}
