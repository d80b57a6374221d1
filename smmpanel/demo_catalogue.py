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
    quality: str = ""
    tier: Service.Tier = Service.Tier.NONE
    can_partial: bool = True
    not_sold_in: tuple[str, ...] = ()
    promo_label: str = ""
    priced_by: Service.PricedBy = Service.PricedBy.HAND


_AUTOMATED = Service.Delivery.AUTOMATED
_REWARDED = Service.Delivery.INCENTIVISED
_MIXED = Service.Delivery.MIXED
_BY_RULE = Service.PricedBy.RULE
_HERE, _THERE = Service.RunBy.PANEL, Service.RunBy.PROVIDER

# What labels mean here: what the accounts look like, and nothing about how long they stay.
LABELS = {
    "Low": "Accounts without a picture and without anything of their own. Many disappear again.",
    "Medium": "Accounts with a name and a picture, most of them without anything of their own.",
    "High": "Accounts with a name, a picture and some posts. They are automated all the same.",
    "Rewarded": "Accounts of people who get something for it. They do not care what it is for.",
}
# Name, hundredths of a percent off, and the spending from which somebody belongs to it by himself.
GROUPS = (
    ("Resellers", 500, None),
    ("Silver", 200, 500_000_000),
    ("Gold", 400, 2_000_000_000),
)
RESELLERS_ON_PLATFORM_A_BP = 800
MARGIN_PERCENT_BP = 5000

CATALOGUE = (
    Listing(
        "Platform A", "Followers", "Followers, standard", 101, 900_000, 1_350_000, (10, 100_000),
        _AUTOMATED, "A number of follower accounts. They do not read, like or buy anything.",
        refill_days=30, can_cancel=True, drip_feed_by=_HERE,
        quality="Medium",
    ),
    Listing(
        "Platform A", "Likes", "Likes, fast", 102, 350_000, 600_000, (10, 50_000),
        _AUTOMATED, "Likes on one post. Some may disappear later.", can_cancel=True,
        drip_feed_by=_HERE,
        quality="Low",
    ),
    Listing(
        "Platform A", "Views", "Views", 103, 21_000, 45_000, (100, 10_000_000),
        _AUTOMATED, "Raises the view counter of one video.", drip_feed_by=_THERE,
    ),
    Listing(
        "Platform B", "Subscribers", "Subscribers, slow start", 201, 8_000_000, 11_500_000,
        (50, 20_000), _REWARDED, "Accounts of people who get a small reward for subscribing.",
        refill_days=30, can_cancel=True,
        quality="Rewarded", tier=Service.Tier.STANDARD,
    ),
    Listing(
        "Platform B", "Watch time", "Watch minutes", 202, 2_750_000, 4_000_000, (100, 60_000),
        _MIXED, "Minutes of playback on one public video.",
        tier=Service.Tier.PREMIUM,
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
        tier=Service.Tier.CUSTOM,
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
    Listing(
        "Platform A", "Views", "Views, in bulk", 103, 21_000, 31_500, (100_000, 10_000_000),
        _AUTOMATED, "Raises the view counter of one video by a lot. It takes up to two weeks.",
        minutes=14 * 24 * 60, tier=Service.Tier.BULK, promo_label="New", priced_by=_BY_RULE,
    ),
    Listing(
        "Platform A", "Followers", "Followers, with posts", 101, 900_000, 1_980_000, (10, 20_000),
        _AUTOMATED, "Follower accounts that have posts of their own. They do not read yours.",
        refill_days=30, can_cancel=True, quality="High", promo_label="Price down",
    ),
    Listing(
        "Platform B", "Subscribers", "Subscribers, quick start", 201, 8_000_000, 12_000_000,
        (50, 20_000), _REWARDED, "They usually begin sooner. Whoever delivers keeps its price when"
        " an order is stopped after its start.",
        refill_days=30, can_cancel=True, can_partial=False, quality="Rewarded", priced_by=_BY_RULE,
    ),
    Listing(
        "Platform C", "Members", "Members, not sold everywhere", 301, 1_200_000, 1_800_000,
        (10, 30_000), _MIXED, "Members of one public group, from accounts of both kinds.",
        refill_days=14, quality="Medium", not_sold_in=("DE", "US"), priced_by=_BY_RULE,
    ),
)  # fmt: skip
