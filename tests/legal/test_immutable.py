"""Each of these changes would rewrite what somebody agreed to; the database refuses them all
(LEG-03)."""

import hashlib
import json

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from legal import acceptance
from legal.models import Acceptance, Document, DocumentVersion, Publication
from tests.legal.conftest import AT

REFUSAL = "never changes|is published"


@pytest.fixture
def books(publication, customer):
    """A publication with its versions, and one person who accepted them."""
    acceptance.record(
        user=customer,
        point=Acceptance.Point.REGISTRATION,
        channel=Acceptance.Channel.WEB,
        at=AT,
        ip="192.0.2.1",
        user_agent="x",
    )
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # nothing pending: TRUNCATE would refuse for that
    return publication


def refused(change, match=REFUSAL):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        change()


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("model", [DocumentVersion, Publication, Acceptance])
def test_the_orm_cannot_change_or_delete(books, model):
    row = model.objects.first()
    refused(row.save)
    refused(row.delete, match=f"{REFUSAL}|protected foreign keys")
    refused(lambda: model.objects.filter(pk=row.pk).update(id=row.pk))
    refused(lambda: model.objects.all()._raw_delete("default"))


TABLES = {
    "legal_documentversion": ["text = 'other'", "body = ''", "sha256 = ''", "published_at = NULL"],
    "legal_publication": ["policy = '{}'", "fingerprints = '{}'", "published_at = now()"],
    "legal_publication_versions": ["publication_id = publication_id"],
    "legal_acceptance": ["at = now()", "is_implicit = NOT is_implicit", "ip = NULL"],
}


@pytest.mark.parametrize("table", TABLES)
def test_sql_cannot_change_delete_or_truncate(books, table):
    for change in TABLES[table]:
        refused(lambda change=change: execute(f"UPDATE {table} SET {change}"))
    refused(lambda: execute(f"DELETE FROM {table}"))
    refused(lambda: execute(f"TRUNCATE {table} CASCADE"))


def test_a_draft_may_change_and_go(books):
    version = DocumentVersion.objects.create(
        document=Document.objects.get(slug="terms"), title="Terms", body="one"
    )
    version.body = "two"
    version.save()
    assert DocumentVersion.objects.drafts().get().body == "two"
    version.delete()
    assert not DocumentVersion.objects.drafts().exists()


def test_nothing_is_slipped_into_a_publication(books):
    text = "Slipped in.\n"
    stranger = DocumentVersion.objects.create(
        document=Document.objects.create(slug="more", title="More"),
        title="More",
        body=text,
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        number=1,
        published_at=AT,
        effective_on=AT.date(),
    )
    refused(lambda: books.versions.add(stranger), match="does not name version")
    refused(books.versions.clear)
    refused(lambda: books.versions.remove(books.versions.first()))


def test_a_draft_cannot_stand_in_a_publication(books):
    draft = DocumentVersion.objects.create(
        document=Document.objects.get(slug="terms"), title="Terms", body="one"
    )
    naming_it = Publication.objects.create(
        number=9, policy={}, published_at=AT, fingerprints={str(draft.pk): ""}
    )
    refused(lambda: naming_it.versions.add(draft), match="does not name version")


@pytest.mark.parametrize(
    "wrong",
    [
        {"sha256": "0" * 64},
        {"sha256": ""},
        {"text": ""},
        {"number": None},
        {"number": 0},
        {"effective_on": None},
        {"published_at": None},
    ],
)
def test_a_version_is_either_a_draft_or_wholly_published(books, wrong):
    text = "Text.\n"
    whole = {
        "document": Document.objects.get(slug="terms"),
        "title": "Terms",
        "body": text,
        "text": text,
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "number": 2,
        "published_at": timezone.now(),
        "effective_on": AT.date(),
    }
    refused(
        lambda: DocumentVersion.objects.create(**{**whole, **wrong}),
        match="SHA-256 is not|draft_or_published|number_check",
    )
    assert DocumentVersion.objects.create(**whole).pk


def test_a_document_with_versions_and_a_person_who_accepted_cannot_be_deleted(books, customer):
    for row in (Document.objects.get(slug="terms"), customer):
        with pytest.raises(IntegrityError), transaction.atomic():
            row.delete()


def test_what_a_publication_stored_is_its_policy_as_it_was(books):
    with connection.cursor() as cursor:
        cursor.execute("SELECT policy FROM legal_publication")
        stored = json.loads(cursor.fetchone()[0])
    assert stored == books.get_policy().to_json()
