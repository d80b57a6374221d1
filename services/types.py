from enum import StrEnum

from django.db import models


class ServiceType(models.TextChoices):
    """The trade's service types; the label is the spelling of API v2 and is not translated.

    `ON_SALE` names those that the panel can take orders for.
    """

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


# Types whose parameters the panel can take, price and send; a CHECK keeps others off the shelf.
ON_SALE = (ServiceType.DEFAULT,)


class Feature(StrEnum):
    """What a service may have besides its delivery, by its name in API v2."""

    REFILL = "refill"
    CANCEL = "cancel"
    DRIP_FEED = "dripfeed"


# Features that customers can use here. What a provider could do while nobody can ask us for it is
# promised nowhere: neither on a page nor by the API.
OFFERED_FEATURES: frozenset[Feature] = frozenset()
