"""A service is found by its number, by words and by words with a slip of the finger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.models import User
from services import catalogue
from services.finding import vocabulary
from services.models import Category, Platform, SearchEntry, Service
from tests.services.catalogue.shelves import shelf, stock

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def found(words: str, customer_id: int | None = None) -> list[str]:
    hits = catalogue.search(words=words, customer_id=customer_id)
    return [service.name for service in hits.services]


def is_guess(words: str) -> bool:
    return catalogue.search(words=words, customer_id=None).is_guess


def slips(word: str) -> Iterator[str]:
    """Every word that is one slip of the finger away: insert, delete, change, swap."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]
        yield word[:at] + word[at : at + 2][::-1] + word[at + 2 :]
        for letter in LETTERS:
            yield word[:at] + letter + word[at + 1 :]
            yield word[:at] + letter + word[at:]


@pytest.fixture
def goods(db: None) -> dict[str, Service]:
    rows = [
        *stock(
            shelf("Platform B", "Followers"),
            "Followers, Germany, up to 10K a day",
            "Followers, Brazil",
        ),
        *stock(shelf("Platform B", "Likes"), "Likes, Germany", "Réactions ❤️ Größe"),
        *stock(shelf("Platform C", "Views"), "𝗩𝗶𝗲𝘄𝘀 ⚡ instant", "Просмотры", "مشاهدات"),
    ]
    return {service.name: service for service in rows}


class TestWords:
    @pytest.mark.parametrize(
        ("words", "name"),
        [
            ("germany followers", "Followers, Germany, up to 10K a day"),
            ("foll ger", "Followers, Germany, up to 10K a day"),
            ("10k", "Followers, Germany, up to 10K a day"),
            ("platform b likes", "Likes, Germany"),
            ("GERMANY  likes", "Likes, Germany"),
            ("reactions", "Réactions ❤️ Größe"),
            ("RÉACTIONS grosse", "Réactions ❤️ Größe"),
            ("views", "𝗩𝗶𝗲𝘄𝘀 ⚡ instant"),
            ("просмотры", "Просмотры"),
            ("مشاهدات", "مشاهدات"),
            ("❤️ reactions!", "Réactions ❤️ Größe"),
        ],
    )
    def test_they_are_found_in_any_order_and_by_their_beginnings(
        self, goods: dict[str, Service], words: str, name: str
    ) -> None:
        assert found(words)[0] == name
        assert not is_guess(words)

    def test_each_of_them_must_fit(self, goods: dict[str, Service]) -> None:
        assert found("likes brazil") == []

    def test_the_name_counts_more_than_where_it_stands(self, db: None) -> None:
        stock(shelf("Platform B", "Likes"), "Fast reactions")
        stock(shelf("Platform C", "Reactions"), "Fast likes")
        assert found("likes") == ["Fast likes", "Fast reactions"]
        assert found("reactions") == ["Fast reactions", "Fast likes"]

    def test_equally_good_ones_keep_the_order_of_the_catalogue(self, db: None) -> None:
        stock(shelf("Platform C", "Likes"), "Likes")
        stock(shelf("Platform B", "Likes"), "Likes")
        hits = catalogue.search(words="likes", customer_id=None).services
        assert [hit.category.platform.name for hit in hits] == ["Platform B", "Platform C"]

    def test_words_that_everybody_writes_are_words(self, db: None) -> None:
        stock(shelf("Platform B", "Likes"), "The one and only", "Another")
        assert found("the and") == ["The one and only"]


class TestNumbers:
    def test_a_number_finds_exactly(self, goods: dict[str, Service]) -> None:
        likes = goods["Likes, Germany"]
        for words in (str(likes.pk), f"#{likes.pk}", f" {likes.pk} "):
            assert found(words) == ["Likes, Germany"]

    def test_it_does_so_on_every_shelf(self, goods: dict[str, Service]) -> None:
        likes = goods["Likes, Germany"]
        other = goods["Просмотры"].category.platform_id
        shelf_ = catalogue.browse(
            customer_id=None, wanted=catalogue.Wanted(platform_id=other), words=str(likes.pk)
        )
        assert list(shelf_.found.services) == [likes]

    def test_a_number_of_nothing_is_a_word(self, db: None) -> None:
        stock(shelf("Platform B", "Likes"), "Package of 2000000000")
        assert found("2000000000") == ["Package of 2000000000"]


class TestTypos:
    @pytest.mark.parametrize("word", ["germany", "brazil", "views"])
    def test_one_slip_still_finds_it(self, goods: dict[str, Service], word: str) -> None:
        right = set(found(word))
        assert right
        assert [slip for slip in slips(word) if not right <= set(found(slip))] == []

    def test_only_the_wrong_word_is_taken_for_another(self, db: None) -> None:
        stock(shelf("Platform B", "All"), "Likes Kenya", "Bikes Kenya")
        assert found("likes kenia") == ["Likes Kenya"]
        assert is_guess("likes kenia")

    def test_a_known_word_may_be_the_wrong_one(self, db: None) -> None:
        stock(shelf("Platform B", "All"), "Likes Kenya", "Bikes Ghana")
        assert found("bikes kenya") == ["Likes Kenya"]

    def test_a_figure_is_never_guessed(self, goods: dict[str, Service]) -> None:
        assert found("followers 50k") == []

    def test_two_slips_are_another_word(self, goods: dict[str, Service]) -> None:
        assert found("grmay") == []


class TestWhatIsNotForSale:
    def test_it_is_never_found(self, goods: dict[str, Service], alice: User) -> None:
        likes = goods["Likes, Germany"]
        Service.objects.filter(pk=likes.pk).update(is_active=False)
        assert found(str(likes.pk)) == found("likes germany") == found("likes grmany") == []

    def test_nor_what_is_not_sold_in_somebodys_country(
        self, goods: dict[str, Service], alice: User
    ) -> None:
        User.objects.filter(pk=alice.pk).update(country="DE")
        likes = goods["Likes, Germany"]
        Service.objects.filter(pk=likes.pk).update(blocked_countries=["DE"])
        assert found("likes germany") == ["Likes, Germany"]
        assert found(str(likes.pk), alice.pk) == found("likes germany", alice.pk) == []


class TestHostileInput:
    @pytest.mark.parametrize(
        "words",
        [
            "x" * 10_000,
            "likes " * 2_000,
            "a\0b",
            "%",
            "_",
            "\\",
            "'; DROP TABLE services_service; --",
            "' | '' & !( <-> :*A",
            "\u202egermany\u202c",
            "❤️🔥",
            "!!! ??? ---",
            "9" * 40,
            "\ud7ff\ufdd0",
        ],
        ids=lambda words: ascii(words)[:20],
    )
    def test_it_is_words_or_nothing(self, goods: dict[str, Service], words: str) -> None:
        assert set(found(words)) <= set(goods)

    def test_signs_alone_find_nothing(self, goods: dict[str, Service]) -> None:
        for words in ("❤️🔥", "!!! ---", "%", "   "):
            assert found(words) == []

    def test_marks_of_direction_do_not_hide_a_word(self, goods: dict[str, Service]) -> None:
        assert found("\u202elikes\u202c germany") == ["Likes, Germany"]


class TestTheKeptWords:
    def words(self, service: Service) -> set[str]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT tsvector_to_array(words) FROM services_searchentry WHERE service_id = %s",
                [service.pk],
            )
            return set(cursor.fetchone()[0])

    def test_they_follow_every_name_however_it_is_written(self, db: None) -> None:
        (likes,) = stock(shelf("Platform B", "Likes"), "Slow")
        assert self.words(likes) == {"slow", "likes", "platform", "b"}
        with connection.cursor() as cursor:
            cursor.execute("UPDATE services_service SET name = 'Quick'")
        Category.objects.update(name="Hearts")
        Platform.objects.update(name="Planet")
        assert self.words(likes) == {"quick", "hearts", "planet"}

    def test_they_follow_a_service_to_another_shelf(self, db: None) -> None:
        (likes,) = stock(shelf("Platform B", "Likes"), "Slow")
        Service.objects.update(category=shelf("Platform C", "Hearts"))
        assert self.words(likes) == {"slow", "hearts", "platform", "c"}

    def test_a_price_writes_none_of_them(self, db: None) -> None:
        stock(shelf("Platform B", "Likes"), "Slow")
        SearchEntry.objects.all().delete()
        Service.objects.update(rate_micros=2)
        assert not SearchEntry.objects.exists()

    def test_the_vocabulary_is_read_once_for_each_state_of_the_catalogue(
        self, goods: dict[str, Service]
    ) -> None:
        first = vocabulary.current_vocabulary()
        assert vocabulary.current_vocabulary() is first
        stock(shelf("Platform B", "Likes"), "Unheard")
        assert "unheard" in vocabulary.current_vocabulary()
