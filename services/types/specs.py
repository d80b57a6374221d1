"""The declaration of every service type. Source: docs/service-types.md."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.types.declaring import Counting, Parameter, ServiceType, Shape, TypeSpec

_COMMENTS = Parameter(
    name="comments",
    label=_("Comments"),
    about=_("One comment per line."),
    shape=Shape.LINES,
    aliases=("custom_comments",),
    sample="first comment\nsecond comment",
)
_USERNAMES = Parameter(
    name="usernames",
    label=_("User names"),
    about=_("One name per line."),
    shape=Shape.LINES,
    aliases=("username",),
    is_name=True,
    sample="name_one\nname_two",
)
_USERNAME = Parameter(
    name="username",
    label=_("User name"),
    about=_("Whose comment it is, without @."),
    aliases=("usernames",),
    is_name=True,
    sample="name_one",
)
_DELAYS = (
    0, 5, 10, 15, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300, 360, 420, 480, 540, 600,
)  # fmt: skip
_DELAY_CHOICES: Mapping[str, str | Promise] = {str(minutes): str(minutes) for minutes in _DELAYS}
_SEARCH, _REFERRER, _BLANK = "1", "2", "3"

SPECS: Mapping[ServiceType, TypeSpec] = {
    ServiceType.DEFAULT: TypeSpec(takes_runs=True),
    ServiceType.PACKAGE: TypeSpec(counting=Counting.ONE, is_package=True),
    ServiceType.SEO: TypeSpec(
        parameters=(
            Parameter(
                name="keywords",
                label=_("Keywords"),
                about=_("One per line, or separated by commas."),
                shape=Shape.LINES,
                separators=",",
                sample="first word\nsecond word",
            ),
        )
    ),
    ServiceType.CUSTOM_COMMENTS: TypeSpec(
        parameters=(_COMMENTS,), counting=Counting.LINES, counted="comments"
    ),
    ServiceType.CUSTOM_COMMENTS_PACKAGE: TypeSpec(
        parameters=(_COMMENTS,), counting=Counting.ONE, is_package=True
    ),
    ServiceType.MENTIONS: TypeSpec(parameters=(_USERNAMES,)),
    ServiceType.MENTIONS_WITH_HASHTAGS: TypeSpec(
        parameters=(
            _USERNAMES,
            Parameter(
                name="hashtags",
                label=_("Hashtags"),
                about=_("One per line."),
                shape=Shape.LINES,
                sample="#one\n#two",
            ),
        )
    ),
    ServiceType.MENTIONS_CUSTOM_LIST: TypeSpec(
        parameters=(_USERNAMES,), counting=Counting.LINES, counted="usernames"
    ),
    ServiceType.MENTIONS_HASHTAG: TypeSpec(
        parameters=(
            Parameter(
                name="hashtag",
                label=_("Hashtag"),
                about=_("Whoever uses it is mentioned."),
                sample="#one",
            ),
        )
    ),
    ServiceType.MENTIONS_USER_FOLLOWERS: TypeSpec(
        parameters=(
            Parameter(
                name="username",
                label=_("Account"),
                about=_("The address of the account whose followers are mentioned."),
                shape=Shape.ADDRESS,
                sample="https://example.com/name_one",
            ),
        )
    ),
    ServiceType.MENTIONS_MEDIA_LIKERS: TypeSpec(
        parameters=(
            Parameter(
                name="media",
                label=_("Post"),
                about=_("The address of the post whose likers are mentioned."),
                shape=Shape.ADDRESS,
                sample="https://example.com/p/2",
            ),
        )
    ),
    ServiceType.COMMENT_LIKES: TypeSpec(parameters=(_USERNAME,)),
    ServiceType.COMMENT_REPLIES: TypeSpec(
        parameters=(_USERNAME, _COMMENTS), counting=Counting.LINES, counted="comments"
    ),
    ServiceType.POLL: TypeSpec(
        parameters=(
            Parameter(
                name="answer_number",
                label=_("Number of the answer"),
                about=_("Counted from the top, beginning with 1."),
                shape=Shape.NUMBER,
                largest=1000,
                sample="2",
            ),
        )
    ),
    ServiceType.INVITES_FROM_GROUPS: TypeSpec(
        parameters=(
            Parameter(
                name="groups",
                label=_("Groups"),
                about=_("The address or name of one group per line."),
                shape=Shape.LINES,
                sample="https://example.com/g/1",
            ),
        )
    ),
    ServiceType.SUBSCRIPTIONS: TypeSpec(
        counting=Counting.PER_POST,
        has_link=False,
        parameters=(
            Parameter(
                name="username",
                label=_("User name"),
                about=_("Whose new posts count, without @."),
                is_name=True,
                sample="name_one",
            ),
            Parameter(
                name="min",
                label=_("Fewest per post"),
                shape=Shape.NUMBER,
                sample="100",
            ),
            Parameter(
                name="max",
                label=_("Most per post"),
                about=_("Each post gets a number between the two."),
                shape=Shape.NUMBER,
                sample="200",
            ),
            Parameter(
                name="posts",
                label=_("New posts"),
                about=_("How many; empty: each one until you cancel, 0: the old ones alone."),
                shape=Shape.NUMBER,
                is_required=False,
                smallest=0,
                largest=1000,
                sample="5",
            ),
            Parameter(
                name="old_posts",
                label=_("Old posts"),
                about=_("How many of the newest posts that are there already."),
                shape=Shape.NUMBER,
                is_required=False,
                smallest=0,
                largest=1000,
                sample="0",
            ),
            Parameter(
                name="delay",
                label=_("Delay in minutes"),
                about=_("How long after a post it begins."),
                shape=Shape.CHOICE,
                choices=_DELAY_CHOICES,
                sample="0",
            ),
            Parameter(
                name="expiry",
                label=_("Last day"),
                about=_("Day/month/year. Posts after it do not count."),
                shape=Shape.DATE,
                is_required=False,
                sample="31/12/2030",
            ),
        ),
    ),
    ServiceType.WEB_TRAFFIC: TypeSpec(
        takes_runs=True,
        parameters=(
            Parameter(
                name="country",
                label=_("Country"),
                about=_("Its two letters, or WW for the whole world."),
                sample="WW",
            ),
            Parameter(
                name="device",
                label=_("Device"),
                shape=Shape.CHOICE,
                choices={
                    "1": _("Desktop"),
                    "2": _("Android"),
                    "3": _("iOS"),
                    "4": _("Mixed mobile"),
                    "5": _("Mixed"),
                },
                sample="5",
            ),
            Parameter(
                name="type_of_traffic",
                label=_("Where visitors come from"),
                shape=Shape.CHOICE,
                choices={
                    _SEARCH: _("A search engine"),
                    _REFERRER: _("A page that you name"),
                    _BLANK: _("Nowhere named"),
                },
                sample="3",
            ),
            Parameter(
                name="google_keyword",
                label=_("Search words"),
                about=_("What visitors searched for; with a search engine."),
                only_if=("type_of_traffic", _SEARCH),
                sample="first word",
            ),
            Parameter(
                name="referring_url",
                label=_("Page they come from"),
                shape=Shape.ADDRESS,
                about=_("With a page that you name."),
                only_if=("type_of_traffic", _REFERRER),
                sample="https://example.com/from",
            ),
        ),
    ),
}


def spec_of(type_name: str) -> TypeSpec:
    """The declaration of a service's type, from its stored value. Raises ValueError."""
    return SPECS[ServiceType(type_name)]
