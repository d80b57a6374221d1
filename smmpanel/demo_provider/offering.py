"""What the demo provider sells: neutral names, at least one service of every type of the trade."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Kind:
    """What a type of API v2 asks for besides the service: `needs` are parameters that must not be
    empty, `counted` the list whose lines are the quantity; a package is one of something."""

    needs: tuple[str, ...] = ()
    counted: str = ""
    is_package: bool = False
    has_link: bool = True


KINDS: Mapping[str, Kind] = {
    "Default": Kind(),
    "Package": Kind(is_package=True),
    "SEO": Kind(("keywords",)),
    "Custom Comments": Kind(("comments",), counted="comments"),
    "Custom Comments Package": Kind(("comments",), is_package=True),
    "Mentions": Kind(("usernames",)),
    "Mentions with Hashtags": Kind(("usernames", "hashtags")),
    "Mentions Custom List": Kind(("usernames",), counted="usernames"),
    "Mentions Hashtag": Kind(("hashtag",)),
    "Mentions User Followers": Kind(("username",)),
    "Mentions Media Likers": Kind(("media",)),
    "Comment Likes": Kind(("username",)),
    "Comment Replies": Kind(("username", "comments"), counted="comments"),
    "Poll": Kind(("answer_number",)),
    "Invites from Groups": Kind(("groups",)),
    "Subscriptions": Kind(("username", "min", "max", "delay"), has_link=False),
    "Web Traffic": Kind(("country", "device", "type_of_traffic")),
}


@dataclass(frozen=True)
class Offered:
    """One service; `rate` is USD per 1000 (of a package: for the whole), as the text that is sent.

    `flags` are those of API v2 that are true: refill, cancel, dripfeed.
    """

    number: int
    category: str
    name: str
    rate: str
    smallest: int
    largest: int
    flags: tuple[str, ...] = ()
    type: str = "Default"

    @property
    def kind(self) -> Kind:
        return KINDS[self.type]

    @property
    def has_refill(self) -> bool:
        return "refill" in self.flags

    @property
    def has_cancel(self) -> bool:
        return "cancel" in self.flags

    @property
    def has_dripfeed(self) -> bool:
        return "dripfeed" in self.flags

    def as_item(self) -> dict[str, object]:
        """The item of the `services` list, in the types of API v2."""
        return {
            "service": self.number,
            "name": self.name,
            "type": self.type,
            "category": self.category,
            "rate": self.rate,
            "min": str(self.smallest),
            "max": str(self.largest),
            "refill": self.has_refill,
            "cancel": self.has_cancel,
            "dripfeed": self.has_dripfeed,
        }

    def charge(self, quantity: int) -> Decimal:
        """USD for a quantity, exact; a package costs the same whatever of it was delivered."""
        if self.kind.is_package:
            return Decimal(self.rate) if quantity else Decimal(0)
        return Decimal(self.rate) * quantity / 1000


_A, _B, _C, _D = "Platform A", "Platform B", "Platform C", "Platform D"
_STOPPED = ("cancel",)
_BOTH = ("refill", "cancel")

SERVICES = {
    offered.number: offered
    for offered in (
        Offered(101, _A, "Followers, standard", "0.90", 10, 100_000, (*_BOTH, "dripfeed")),
        Offered(102, _A, "Likes, fast", "0.35", 10, 50_000, ("cancel", "dripfeed")),
        Offered(103, _A, "Views", "0.021", 100, 10_000_000, ("dripfeed",)),
        Offered(104, _A, "Starter package", "1.80", 1, 1, _STOPPED, "Package"),
        Offered(105, _A, "Comments of your own", "9", 5, 500, _STOPPED, "Custom Comments"),
        Offered(106, _A, "Ten comments", "0.12", 1, 1, (), "Custom Comments Package"),
        Offered(107, _A, "Likes on a comment", "0.60", 10, 10_000, _STOPPED, "Comment Likes"),
        Offered(108, _A, "Replies to a comment", "11", 1, 200, _STOPPED, "Comment Replies"),
        Offered(109, _A, "Mentions", "4", 10, 10_000, _STOPPED, "Mentions"),
        Offered(110, _A, "Mentions with tags", "4.2", 10, 10_000, (), "Mentions with Hashtags"),
        Offered(111, _A, "Mentions, own list", "5", 10, 1_000, (), "Mentions Custom List"),
        Offered(112, _A, "Mentions by tag", "4.1", 10, 10_000, (), "Mentions Hashtag"),
        Offered(113, _A, "Mentions of followers", "4.3", 10, 9_000, (), "Mentions User Followers"),
        Offered(114, _A, "Mentions of likers", "4.4", 10, 9_000, (), "Mentions Media Likers"),
        Offered(115, _A, "Likes on new posts", "0.40", 10, 5_000, _STOPPED, "Subscriptions"),
        Offered(201, _B, "Subscribers, slow start", "8", 50, 20_000, _BOTH),
        Offered(202, _B, "Watch minutes", "2.75", 100, 60_000),
        Offered(203, _B, "Votes in a poll", "1.1", 10, 20_000, _STOPPED, "Poll"),
        Offered(301, _C, "Members", "1.2", 10, 30_000, ("refill",)),
        Offered(302, _C, "Members from groups", "3.5", 10, 5_000, (), "Invites from Groups"),
        Offered(401, _D, "Visits to a page", "0.08", 100, 1_000_000, ("dripfeed",), "Web Traffic"),
        Offered(402, _D, "Visits from searches", "0.9", 100, 100_000, (), "SEO"),
    )
}
