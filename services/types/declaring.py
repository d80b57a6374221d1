"""What a declaration of a service type says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db import models
from django.utils.functional import Promise


class ServiceType(models.TextChoices):
    """The label is the spelling of API v2 and is not translated."""

    DEFAULT = "default", "Default"
    PACKAGE = "package", "Package"
    SEO = "seo", "SEO"
    CUSTOM_COMMENTS = "custom_comments", "Custom Comments"
    CUSTOM_COMMENTS_PACKAGE = "custom_comments_package", "Custom Comments Package"
    MENTIONS = "mentions", "Mentions"
    MENTIONS_WITH_HASHTAGS = "mentions_with_hashtags", "Mentions with Hashtags"
    MENTIONS_CUSTOM_LIST = "mentions_custom_list", "Mentions Custom List"
    MENTIONS_HASHTAG = "mentions_hashtag", "Mentions Hashtag"
    MENTIONS_USER_FOLLOWERS = "mentions_user_followers", "Mentions User Followers"
    MENTIONS_MEDIA_LIKERS = "mentions_media_likers", "Mentions Media Likers"
    COMMENT_LIKES = "comment_likes", "Comment Likes"
    COMMENT_REPLIES = "comment_replies", "Comment Replies"
    POLL = "poll", "Poll"
    INVITES_FROM_GROUPS = "invites_from_groups", "Invites from Groups"
    SUBSCRIPTIONS = "subscriptions", "Subscriptions"
    WEB_TRAFFIC = "web_traffic", "Web Traffic"


class Shape(StrEnum):
    """What a parameter's text looks like."""

    LINE = "line"
    LINES = "lines"
    ADDRESS = "address"
    NUMBER = "number"
    CHOICE = "choice"
    DATE = "date"


class Counting(StrEnum):
    """Where the quantity of an order comes from."""

    ASKED = "asked"
    LINES = "lines"
    ONE = "one"
    PER_POST = "per_post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One input beside link and quantity, under its name in API v2 and at the provider.

    `only_if` names another parameter and the value that makes this one necessary; otherwise it is
    left out. `choices` maps what is sent to what people read; `smallest` and `largest` bound a
    number, `most` the lines of a list. `is_name`: it names people, so that it has no @ before it
    and no password behind it.
    """

    name: str
    label: str | Promise
    about: str | Promise = ""
    shape: Shape = Shape.LINE
    is_required: bool = True
    aliases: tuple[str, ...] = ()
    is_name: bool = False
    # What ends an item of a list besides the end of the line.
    separators: str = ""
    choices: Mapping[str, str | Promise] = field(default_factory=dict)
    smallest: int = 1
    largest: int = 2_000_000_000
    most: int = 10_000
    only_if: tuple[str, str] | None = None
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSpec:
    """How orders of one type are asked for, counted and priced.

    `counted` is the parameter whose lines are the quantity, with Counting.LINES. `is_package`: the
    rate is the price of the whole, not of 1000. `takes_runs`: it can be a drip-feed.
    """

    parameters: tuple[Parameter, ...] = ()
    counting: Counting = Counting.ASKED
    counted: str = ""
    is_package: bool = False
    has_link: bool = True
    takes_runs: bool = False


class Feature(StrEnum):
    """What a service may have besides its delivery, by its name in API v2."""

    REFILL = "refill"
    CANCEL = "cancel"
    DRIP_FEED = "dripfeed"
