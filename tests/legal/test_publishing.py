"""Publications: what comes into force, when, and what is refused (LEG-10, LEG-12, LEG-13,
LEG-18)."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from legal.models import Document, DocumentVersion, Publication
from legal.policy import Policy
from legal.presets import PRESETS
from legal.publishing import CannotPublish, install_defaults, preview, publish
from legal.terms import policy_of
from legal.wording import BadWording
from tests.legal.conftest import AT
from tests.races import all_at_once, at_once

LATER = AT + timedelta(days=30)
SLUGS = ["terms", "refunds", "acceptable-use", "privacy"]


def draft(slug="terms", body="## 1. New\n\nAll new.", **fields) -> DocumentVersion:
    document = Document.objects.get(slug=slug)
    values = {"document": document, "language": "en", "title": document.title, "body": body}
    return DocumentVersion.objects.create(**{**values, **fields})


def publish_draft(version, policy=None, at=LATER):
    policy = policy or Publication.objects.current().get_policy()
    return publish(policy=policy, versions=[version], published_by=None, at=at)


def in_force(slug="terms") -> DocumentVersion:
    return Publication.objects.current().versions.get(document__slug=slug)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.django_db
def test_the_defaults_can_be_published_under_every_preset(preset):
    publication = install_defaults(policy=PRESETS[preset], at=AT)
    assert publication.number == 1
    assert publication.preset == preset
    assert publication.get_policy() == PRESETS[preset]
    assert [v.document.slug for v in publication.versions_in("en")] == SLUGS


def test_installing_twice_publishes_once(publication):
    assert install_defaults(policy=PRESETS["money_back"], at=LATER) == publication
    assert Publication.objects.count() == 1
    assert DocumentVersion.objects.count() == 4


@pytest.mark.django_db
def test_the_command_installs_and_says_so(capsys):
    call_command("install_legal")
    call_command("install_legal")
    said = capsys.readouterr().out.splitlines()
    assert said == ["Publication 1 is in force (settings of its own)."] * 2


def test_two_deployments_at_once_install_once(fresh_db):
    first, second = at_once(2, lambda: install_defaults(policy=PRESETS["balance_only"], at=AT).pk)
    assert first == second
    assert Publication.objects.count() == 1


def test_a_version_carries_the_printed_text_and_its_hash(publication):
    version = in_force("refunds")
    assert "{{ policy" in version.body
    assert "{{ policy" not in version.text
    assert version.sha256 == hashlib.sha256(version.text.encode()).hexdigest()
    assert publication.fingerprints[str(version.pk)] == version.sha256
    assert len(publication.fingerprints) == 4


def test_a_version_is_in_effect_from_the_day_of_its_publication(publication):
    assert in_force().effective_on == AT.date()
    late = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    publish_draft(draft(), at=late)
    assert in_force().effective_on == late.date()


def test_a_draft_becomes_the_next_version_and_the_others_are_carried_over(publication):
    before = {v.document.slug: v.pk for v in publication.versions_in("en")}
    second = publish_draft(draft())
    after = {v.document.slug: v.pk for v in second.versions_in("en")}
    assert second.number == 2
    assert in_force("terms").number == 2
    assert {slug for slug in SLUGS if before[slug] != after[slug]} == {"terms"}


def test_a_changed_setting_gives_a_new_version_to_the_documents_that_print_it(publication):
    policy = replace(publication.get_policy(), age_min=18)
    second = publish(policy=policy, versions=[], published_by=None, at=LATER)
    assert second.preset == ""
    assert {v.document.slug: v.number for v in second.versions_in("en")} == {
        "terms": 2, "refunds": 1, "acceptable-use": 1, "privacy": 1,
    }  # fmt: skip
    assert "at least 18 years" in in_force("terms").text
    assert in_force("terms").summary == "The settings that this document prints have changed."
    old = DocumentVersion.objects.get(document__slug="terms", number=1)
    assert "at least 16 years" in old.text


def test_a_setting_that_no_document_prints_is_published_without_new_versions(publication):
    policy = replace(publication.get_policy(), order_open_cap=5)
    second = publish(policy=policy, versions=[], published_by=None, at=LATER)
    assert set(second.versions.all()) == set(publication.versions.all())
    assert second.get_policy().order_open_cap == 5


def test_a_required_document_without_a_text_is_refused(publication):
    Document.objects.create(slug="dpa", title="Data processing", is_required=True, position=9)
    with pytest.raises(CannotPublish, match="Data processing"):
        publish_draft(draft())
    assert Publication.objects.count() == 1
    assert DocumentVersion.objects.drafts().count() == 1


def test_an_optional_document_may_be_missing(publication):
    Document.objects.create(slug="dpa", title="Data processing", is_required=False)
    assert publish_draft(draft()).number == 2


def test_nothing_new_is_not_published(publication):
    with pytest.raises(CannotPublish, match="no draft and no changed setting"):
        publish(policy=publication.get_policy(), versions=[], published_by=None, at=LATER)


def test_a_published_version_is_not_published_again(publication):
    with pytest.raises(CannotPublish, match="published already"):
        publish_draft(in_force())


def test_a_draft_that_names_an_unknown_setting_publishes_nothing(publication):
    with pytest.raises(BadWording, match="colour"):
        publish_draft(draft(body="{{ policy.colour }}"))
    assert Publication.objects.count() == 1


def test_a_foreign_template_in_a_draft_is_published_as_it_was_written(publication):
    publish_draft(draft(body="{{7*7}} {% debug %} {{ settings.SECRET_KEY }}"))
    assert in_force().text == "{{7*7}} {% debug %} {{ settings.SECRET_KEY }}\n"


def test_a_preview_is_what_is_published_and_changes_nothing(publication):
    version = draft()
    coming = preview(policy=publication.get_policy(), drafts=[version])
    assert DocumentVersion.objects.drafts().count() == 1
    second = publish(
        policy=coming.policy,
        versions=[version],
        published_by=None,
        at=LATER,
        previewed=coming.digest,
    )
    texts = {entry.version.document_id: entry.text for entry in coming.entries}
    assert {v.document_id: v.text for v in second.versions.all()} == texts


def test_what_changed_since_its_preview_is_not_published(publication):
    version = draft()
    digest = preview(policy=publication.get_policy(), drafts=[version]).digest
    DocumentVersion.objects.filter(pk=version.pk).update(body="## Something else")
    with pytest.raises(CannotPublish, match="since this preview"):
        publish(
            policy=publication.get_policy(),
            versions=[version],
            published_by=None,
            at=LATER,
            previewed=digest,
        )


def test_what_is_in_force_depends_on_the_time_one_asks_for(publication):
    second = publish_draft(draft())
    assert Publication.objects.in_force(at=AT - timedelta(seconds=1)).first() is None
    assert Publication.objects.in_force(at=LATER - timedelta(seconds=1)).first() == publication
    assert Publication.objects.in_force(at=LATER).first() == second


@pytest.mark.django_db
def test_before_the_first_publication_there_is_nothing_in_force():
    with pytest.raises(Publication.DoesNotExist, match="install_legal"):
        Publication.objects.current()


def test_a_publications_policy_is_read_once(publication, django_assert_num_queries):
    assert policy_of(publication.pk) == PRESETS["balance_only"]
    with django_assert_num_queries(0):
        assert policy_of(publication.pk) is policy_of(publication.pk)


def test_an_older_publication_keeps_its_own_policy(publication):
    publish(policy=Policy(), versions=[], published_by=None, at=LATER)
    assert policy_of(publication.pk) == PRESETS["balance_only"]
    assert Publication.objects.current().get_policy() == Policy()


def test_a_document_has_one_draft_in_a_language(publication):
    draft()
    with pytest.raises(IntegrityError), transaction.atomic():
        draft()
    draft(language="it")


def test_a_reader_gets_the_own_language_else_the_sites(publication):
    publish_draft(draft(language="it", title="Termini", body="Ciao"))
    current = Publication.objects.current()
    assert [v.language for v in current.versions_in("it")] == ["it", "en", "en", "en"]
    assert [v.language for v in current.versions_in("de")] == ["en"] * 4
    assert current.versions.count() == 5


def test_two_operators_publish_one_after_the_other(fresh_db):
    install_defaults(policy=PRESETS["balance_only"], at=AT)

    def operator(age: int) -> int:
        policy = replace(PRESETS["balance_only"], age_min=age)
        return publish(policy=policy, versions=[], published_by=None, at=LATER).number

    numbers = all_at_once(lambda: operator(17), lambda: operator(18))
    assert sorted(numbers) == [2, 3]
    terms = DocumentVersion.objects.filter(document__slug="terms").published()
    assert [version.number for version in terms] == [3, 2, 1]
