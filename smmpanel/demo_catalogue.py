"""What the demonstration sells: at least one service of every type, described for what it is.

Names and prices are made up; `offer` is the number at the demo provider, which charges less.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.models import Service
from services.types import ServiceType


@dataclass(frozen=True, slots=True)
class Listing:
    """A line of the demo catalogue; `offer` is the number at the demo provider."""

    platform: str
    category: str
    name: str
    offer: int
    cost_micros: int
    rate_micros: int
    limits: tuple[int, int]
    delivery: Service.Delivery
    description: str
    refill_days: int = 0
    can_cancel: bool = False
    minutes: int = 1
    type: ServiceType = ServiceType.DEFAULT
    drip_feed_by: Service.RunBy | None = None


_AUTOMATED = Service.Delivery.AUTOMATED
_REWARDED = Service.Delivery.INCENTIVISED
_MIXED = Service.Delivery.MIXED
_HERE, _THERE = Service.RunBy.PANEL, Service.RunBy.PROVIDER

CATALOGUE = (
    Listing(
        "Platform A", "Followers", "Followers, standard", 101, 900_000, 1_350_000, (10, 100_000),
        _AUTOMATED, "A number of follower accounts. They do not read, like or buy anything.",
        refill_days=30, can_cancel=True, drip_feed_by=_HERE,
    ),
    Listing(
        "Platform A", "Likes", "Likes, fast", 102, 350_000, 600_000, (10, 50_000),
        _AUTOMATED, "Likes on one post. Some may disappear later.", can_cancel=True,
        drip_feed_by=_HERE,
    ),
    Listing(
        "Platform A", "Views", "Views", 103, 21_000, 45_000, (100, 10_000_000),
        _AUTOMATED, "Raises the view counter of one video.", drip_feed_by=_THERE,
    ),
    Listing(
        "Platform B", "Subscribers", "Subscribers, slow start", 201, 8_000_000, 11_500_000,
        (50, 20_000), _REWARDED, "Accounts of people who get a small reward for subscribing.",
        refill_days=30, can_cancel=True,
    ),
    Listing(
        "Platform B", "Watch time", "Watch minutes", 202, 2_750_000, 4_000_000, (100, 60_000),
        _MIXED, "Minutes of playback on one public video.",
    ),
    Listing(
        "Platform C", "Members", "Members", 301, 1_200_000, 1_900_000, (10, 30_000),
        _AUTOMATED, "Members of one public group. They do not write.", refill_days=14,
    ),
    Listing(
        "Platform A", "Likes", "Likes on new posts", 115, 400_000, 700_000, (10, 5_000),
        _AUTOMATED, "Likes on each new post of one account, until you cancel or for as many posts"
        " as you say. Each post is charged at the most per post unless fewer were ordered.",
        can_cancel=True, type=ServiceType.SUBSCRIPTIONS,
    ),
    Listing(
        "Platform A", "Likes", "Likes on a comment", 107, 600_000, 950_000, (10, 10_000),
        _AUTOMATED, "Likes on one comment under one post.", can_cancel=True,
        type=ServiceType.COMMENT_LIKES,
    ),
    Listing(
        "Platform A", "Packages", "Starter package", 104, 1_800_000, 2_900_000, (1, 1),
        _AUTOMATED, "200 likes and 1,000 views on one post, together. All or nothing: a package"
        " that is not delivered in full is paid back in full.",
        can_cancel=True, type=ServiceType.PACKAGE,
    ),
    Listing(
        "Platform A", "Comments", "Comments of your own", 105, 9_000_000, 14_000_000, (5, 500),
        _AUTOMATED, "Your own words under one post, from accounts that nobody is behind.",
        can_cancel=True, type=ServiceType.CUSTOM_COMMENTS,
    ),
    Listing(
        "Platform A", "Comments", "Ten comments", 106, 120_000, 200_000, (1, 1),
        _AUTOMATED, "Ten comments taken from the lines that you give; others are not used.",
        type=ServiceType.CUSTOM_COMMENTS_PACKAGE,
    ),
    Listing(
        "Platform A", "Comments", "Replies to a comment", 108, 11_000_000, 17_000_000, (1, 200),
        _AUTOMATED, "Your own words as replies to one comment.", can_cancel=True,
        type=ServiceType.COMMENT_REPLIES,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions", 109, 4_000_000, 6_500_000, (10, 10_000),
        _AUTOMATED, "Comments that mention the accounts you name. They may ignore it.",
        can_cancel=True, type=ServiceType.MENTIONS,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions with tags", 110, 4_200_000, 6_800_000, (10, 10_000),
        _AUTOMATED, "The same, with hashtags of your own.", type=ServiceType.MENTIONS_WITH_HASHTAGS,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions, own list", 111, 5_000_000, 8_000_000, (10, 1_000),
        _AUTOMATED, "Each account of your list is mentioned once.",
        type=ServiceType.MENTIONS_CUSTOM_LIST,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions by tag", 112, 4_100_000, 6_600_000, (10, 10_000),
        _AUTOMATED, "Accounts that used a hashtag are mentioned.",
        type=ServiceType.MENTIONS_HASHTAG,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions of followers", 113, 4_300_000, 6_900_000, (10, 9_000),
        _AUTOMATED, "Followers of one public account are mentioned.",
        type=ServiceType.MENTIONS_USER_FOLLOWERS,
    ),
    Listing(
        "Platform A", "Mentions", "Mentions of likers", 114, 4_400_000, 7_000_000, (10, 9_000),
        _AUTOMATED, "Accounts that liked one public post are mentioned.",
        type=ServiceType.MENTIONS_MEDIA_LIKERS,
    ),
    Listing(
        "Platform B", "Polls", "Votes in a poll", 203, 1_100_000, 1_800_000, (10, 20_000),
        _AUTOMATED, "Votes for one answer of a public poll. No opinion is behind them.",
        can_cancel=True, type=ServiceType.POLL,
    ),
    Listing(
        "Platform C", "Members", "Members from groups", 302, 3_500_000, 5_500_000, (10, 5_000),
        _MIXED, "People of other groups are invited to yours. Most do not accept; what counts is"
        " the invitation.", type=ServiceType.INVITES_FROM_GROUPS,
    ),
    Listing(
        "Platform D", "Visits", "Visits to a page", 401, 80_000, 140_000, (100, 1_000_000),
        _AUTOMATED, "Visits by programs. They do not read or buy anything.",
        type=ServiceType.WEB_TRAFFIC, drip_feed_by=_HERE,
    ),
    Listing(
        "Platform D", "Visits", "Visits from searches", 402, 900_000, 1_500_000, (100, 100_000),
        _AUTOMATED, "Visits by programs that searched for your words first.",
        type=ServiceType.SEO,
    ),
)  # fmt: skip
