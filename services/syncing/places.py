"""Where the services of a provider's category go in our catalogue: remembered, or guessed.

A guess takes the words that are there: "Platform A | Followers [refill 30 days]" names a kind, and
what stands before the kind is the platform. Staff see every guess and change it before anything is
imported; what they chose is the place from then on. Source: docs/price-lists.md.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.models import Category, CategoryMapping, Platform
from services.syncing.cleaning import clean_name

LONGEST_PLATFORM = 60
LONGEST_CATEGORY = 120
OTHER, VARIOUS = "Other", "Various"

# What is sold -> the words by which providers call it. The first word found in a text decides.
KINDS: Mapping[str, str] = {
    "Followers": "follower followers",
    "Subscribers": "subscriber subscribers subs",
    "Members": "member members joins",
    "Friends": "friend friends connections",
    "Likes": "like likes hearts",
    "Views": "view views viewers",
    "Watch time": "watchtime watch hours minutes",
    "Comments": "comment comments replies",
    "Reactions": "reaction reactions emoji",
    "Shares": "share shares repost reposts",
    "Saves": "save saves bookmarks",
    "Mentions": "mention mentions",
    "Votes": "vote votes poll polls",
    "Plays": "play plays streams listener listeners",
    "Downloads": "download downloads install installs",
    "Reviews": "review reviews rating ratings",
    "Reach": "reach impression impressions",
    "Visits": "traffic visit visits visitors clicks",
    "Links": "backlink backlinks seo",
    "Packages": "package packages bundle bundles",
}
# Where no name stands before the kind: what such a service is usually for.
PLATFORMS: Mapping[str, str] = {
    "Websites": "website websites web traffic seo backlink backlinks visitors clicks search",
    "Music": "music track tracks song songs album playlist playlists plays streams listeners",
    "Podcasts": "podcast podcasts episode episodes",
    "Live video": "live livestream livestreams broadcast",
    "Video": "video videos watchtime watch channel",
    "Photos": "photo photos picture pictures",
    "Messengers": "group groups chat chats members",
    "Apps": "app apps install installs download downloads",
}
# They praise or date a line and name nothing.
PRAISE = frozenset(
    {
        "best", "cheap", "cheapest", "exclusive", "fast", "hot", "hq", "instant", "lq", "mixed",
        "new", "non", "offer", "our", "own", "panel", "premium", "real", "recommended", "server",
        "service", "services", "special", "the", "top", "update", "updated", "vip",
    }
)  # fmt: skip
_KIND_OF = {word: kind for kind, words in KINDS.items() for word in words.split()}
_PLATFORM_OF = {word: name for name, words in PLATFORMS.items() for word in words.split()}
_BRACKETED = re.compile(r"\[[^\]]*\]|\([^)]*\)|\{[^}]*\}")
_WORD = re.compile(r"[^\W_]+(?:['.&+-][^\W_]+)*")


@dataclass(frozen=True, slots=True)
class Place:
    """Names of a platform and a category, which may not be there yet."""

    platform: str
    category: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    place: Place
    is_remembered: bool


def suggestions(*, provider_id: int, names: Mapping[str, Sequence[str]]) -> dict[str, Suggestion]:
    """A place for each of the provider's categories; `names` are those of its services."""
    known = CategoryMapping.objects.filter(provider=provider_id, raw_category__in=list(names))
    kept = {
        one.raw_category: Place(one.category.platform.name, one.category.name)
        for one in known.select_related("category__platform")
    }
    platforms = list(Platform.objects.values_list("name", flat=True))
    return {
        raw: Suggestion(place=kept[raw], is_remembered=True)
        if raw in kept
        else Suggestion(place=guess(raw, names=some, platforms=platforms), is_remembered=False)
        for raw, some in names.items()
    }


def guess(raw_category: str, *, names: Iterable[str], platforms: Collection[str]) -> Place:
    """`platforms` are the names that our catalogue has: one of them in the text is meant."""
    text = _BRACKETED.sub(" ", clean_name(raw_category))
    words = _WORD.findall(text)
    before, kind = _split(words)
    platform = _known(text, platforms) or _named(before) or _usual(words) or OTHER
    category = kind or _commonest(names) or VARIOUS
    return Place(platform[:LONGEST_PLATFORM], category[:LONGEST_CATEGORY])


def numbers_of(places: Collection[Place]) -> dict[Place, tuple[int, int]]:
    """The numbers of platform and category of those that are there already."""
    wanted = {(place.platform.casefold(), place.category.casefold()): place for place in places}
    rows = Category.objects.values_list("platform_id", "pk", "platform__name", "name")
    found = {}
    for platform, category, *names in rows:
        on, name = names
        if (place := wanted.get((on.casefold(), name.casefold()))) is not None:
            found[place] = (platform, category)
    return found


def remember(*, provider_id: int, places: Mapping[str, Place]) -> dict[str, int]:
    """The category's number for each of the provider's categories, made where it is missing.

    Names that differ in capitals alone are one. Call it in the transaction that uses them.
    """
    wanted = dict.fromkeys(places.values())
    platforms = _platforms({place.platform for place in wanted})
    categories = _categories(wanted, platforms)
    chosen = {raw: categories[place] for raw, place in places.items()}
    CategoryMapping.objects.bulk_create(
        [
            CategoryMapping(provider_id=provider_id, raw_category=raw, category_id=category)
            for raw, category in chosen.items()
        ],
        update_conflicts=True,
        unique_fields=["provider", "raw_category"],
        update_fields=["category"],
    )
    return chosen


def _split(words: Sequence[str]) -> tuple[Sequence[str], str | None]:
    """What stands before the first word for a kind, and the kind; all of it where there is none."""
    for place, word in enumerate(words):
        if kind := _KIND_OF.get(word.casefold()):
            return words[:place], kind
    return words, None


def _known(text: str, platforms: Collection[str]) -> str | None:
    """The longest name comes first: "Platform A Live" is not "Platform A"."""
    for name in sorted(platforms, key=len, reverse=True):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            return name
    return None


def _named(words: Sequence[str]) -> str | None:
    left = [word for word in words if word.casefold() not in PRAISE]
    is_usual = all(word.casefold() in _PLATFORM_OF for word in left)
    return None if is_usual else " ".join(left[:3])


def _usual(words: Sequence[str]) -> str | None:
    found = (_PLATFORM_OF.get(word.casefold()) for word in words)
    return next((name for name in found if name), None)


def _commonest(names: Iterable[str]) -> str | None:
    """The kind of most of the services, if it is that of at least half of them."""
    kinds = Counter(_split(_WORD.findall(name))[1] for name in names)
    [(kind, times)] = kinds.most_common(1) or [(None, 0)]
    return kind if times * 2 >= kinds.total() else None


def _platforms(names: Collection[str]) -> dict[str, int]:
    have = {name.casefold(): pk for pk, name in Platform.objects.values_list("pk", "name")}
    missing = {name.casefold(): name for name in names if name.casefold() not in have}
    Platform.objects.bulk_create(
        [Platform(name=name) for name in missing.values()], ignore_conflicts=True
    )
    made = Platform.objects.filter(name__in=list(missing.values())).values_list("pk", "name")
    have |= {name.casefold(): pk for pk, name in made}
    return {name: have[name.casefold()] for name in names}


def _categories(wanted: Collection[Place], platforms: Mapping[str, int]) -> dict[Place, int]:
    def read() -> dict[tuple[int, str], int]:
        rows = Category.objects.filter(platform__in=set(platforms.values()))
        return {
            (platform, name.casefold()): pk
            for pk, platform, name in rows.values_list("pk", "platform_id", "name")
        }

    def key(place: Place) -> tuple[int, str]:
        return platforms[place.platform], place.category.casefold()

    have = read()
    missing = {key(place): place for place in wanted if key(place) not in have}
    Category.objects.bulk_create(
        [Category(platform_id=on, name=place.category) for (on, _name), place in missing.items()],
        ignore_conflicts=True,
    )
    have = read() if missing else have
    return {place: have[key(place)] for place in wanted}
