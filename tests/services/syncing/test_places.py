"""Where a provider's categories go: guessed from their words, remembered once somebody chose."""

from __future__ import annotations

import pytest

from services.models import Category, CategoryMapping, Platform
from services.syncing import places
from services.syncing.places import Place, Suggestion, guess
from tests import factories


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        ("Platform A - Followers [Refill 30 days]", ("Platform A", "Followers")),
        ("🔥 PLATFORM A | Likes 🔥 ⚡ FAST", ("Platform A", "Likes")),
        ("Platform A Live Stream Views", ("Platform A Live", "Views")),
        ("Somewhere New Subscribers (cheap)", ("Somewhere", "Subscribers")),
        ("Website traffic by country", ("Websites", "Visits")),
        ("Best playlist plays", ("Music", "Plays")),
        ("Group members [mixed]", ("Messengers", "Members")),
        ("★★★", ("Other", "Various")),
        ("", ("Other", "Various")),
        ("Platform Ä Followers", ("Platform Ä", "Followers")),
    ],
)
def test_a_guess_takes_the_words_that_are_there(raw: str, place: tuple[str, str]) -> None:
    known = ["Platform A", "Platform A Live"]
    assert guess(raw, names=[], platforms=known) == Place(*place)


def test_a_category_that_names_a_platform_alone_gets_its_kind_from_most_of_its_services() -> None:
    def kind(*names: str) -> str:
        return guess("Platform A", names=names, platforms=["Platform A"]).category

    assert kind("Followers, standard", "Followers, slow", "Likes, fast") == "Followers"
    assert kind("Followers", "Likes", "Views") == "Various"


def test_names_longer_than_ours_are_cut() -> None:
    place = guess("x" * 500, names=[], platforms=[])
    assert (len(place.platform), place.category) == (60, "Various")


@pytest.mark.django_db
class TestAChoice:
    def test_is_the_place_from_then_on(self) -> None:
        provider = factories.provider()
        names = {"Platform A Followers": ["one"], "Odd things": []}
        before = places.suggestions(provider_id=provider.pk, names=names)
        assert not before["Odd things"].is_remembered
        chosen = {"Odd things": Place("Platform B", "Odds")}
        places.remember(provider_id=provider.pk, places=chosen)
        after = places.suggestions(provider_id=provider.pk, names=names)
        assert after["Odd things"] == Suggestion(Place("Platform B", "Odds"), is_remembered=True)
        assert after["Platform A Followers"] == before["Platform A Followers"]

    def test_makes_what_is_missing_and_takes_what_is_there_whatever_its_capitals(self) -> None:
        provider, held = factories.provider(), factories.category("Views")
        wanted = {
            "a": Place("platform a", "VIEWS"),
            "b": Place("Platform A", "Likes"),
            "c": Place("PLATFORM A", "likes"),
            "d": Place("Platform N", "Views"),
        }
        found = places.remember(provider_id=provider.pk, places=wanted)
        assert found["a"] == held.pk
        assert found["b"] == found["c"]
        assert Category.objects.get(pk=found["d"]).platform.name == "Platform N"
        assert Platform.objects.count() == 2

    def test_can_be_changed(self) -> None:
        provider = factories.provider()
        for name in ("Likes", "Views"):
            places.remember(provider_id=provider.pk, places={"a": Place("Platform A", name)})
        assert CategoryMapping.objects.get().category.name == "Views"
