"""A catalogue of ten thousand services, the same in every run."""

from __future__ import annotations

import itertools
import random

from django.db import connection

from services.models import Category, Platform, Service
from tests.factories import offer

SERVICES, PLATFORMS = 10_000, 12
KINDS = [
    "Followers",
    "Likes",
    "Views",
    "Comments",
    "Shares",
    "Saves",
    "Subscribers",
    "Members",
    "Plays",
    "Streams",
    "Reposts",
    "Votes",
    "Reactions",
    "Impressions",
    "Reach",
    "Stories",
    "Downloads",
    "Listeners",
    "Visits",
    "Watching",
]
PLACES = [
    "Germany",
    "France",
    "Spain",
    "Italy",
    "Brazil",
    "India",
    "Turkey",
    "Poland",
    "Japan",
    "Korea",
    "Mexico",
    "Egypt",
    "Canada",
    "Norway",
    "Sweden",
    "Kenya",
    "Chile",
    "Peru",
    "Ghana",
    "Nepal",
    "Portugal",
    "Austria",
    "Belgium",
    "Denmark",
    "Finland",
]
WAYS = [
    "slow",
    "fast",
    "instant",
    "steady",
    "gradual",
    "standard",
    "premium",
    "mixed",
    "lasting",
    "daily",
    "weekly",
    "bulk",
]


def stock() -> None:
    """The catalogue of the bench: every platform has every kind, and each some forty services."""
    draw = random.Random(7)  # noqa: S311 - the same catalogue in every run
    sold = offer()
    platforms = Platform.objects.bulk_create(
        Platform(name=f"Network {chr(65 + number)}", position=number) for number in range(PLATFORMS)
    )
    categories = Category.objects.bulk_create(
        Category(platform=platform, name=kind, position=position)
        for platform in platforms
        for position, kind in enumerate(KINDS)
    )
    Service.objects.bulk_create(
        Service(
            category=category,
            provider_service=sold,
            name=f"{category.name}, {draw.choice(WAYS)}, {draw.choice(PLACES)}, up to"
            f" {draw.choice((1, 5, 10, 50))}K a day, series {code(number)}",
            description="What is delivered, how it starts, and what to check before. " * 6,
            delivery=draw.choice(Service.Delivery.values),
            rate_micros=draw.randint(20_000, 5_000_000),
            min_quantity=10,
            max_quantity=100_000,
            average_minutes=draw.randint(5, 600),
            can_refill=number % 2 == 0,
            refill_days=30 * (number % 2 == 0),
        )
        for number, category in zip(range(SERVICES), itertools.cycle(categories), strict=False)
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def code(number: int) -> str:
    """Words that few services share, as catalogues are full of: "baqe", "baqi"."""
    sounds = [
        "ba",
        "ce",
        "di",
        "fo",
        "gu",
        "ka",
        "le",
        "mi",
        "no",
        "pu",
        "ra",
        "se",
        "ti",
        "vo",
        "zu",
    ]
    return "".join(sounds[number // 15**place % 15] for place in range(3))
