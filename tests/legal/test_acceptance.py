"""What is kept of an acceptance: by whom, of what, when, where, at which point, once (LEG-05,
LEG-06, LEG-10, LEG-13)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from accounts.models import User
from legal.acceptance import missing_at, record, required_documents
from legal.models import Acceptance, Document, Publication
from legal.presets import PRESETS
from legal.publishing import install_defaults
from tests.legal.conftest import AT
from tests.legal.test_publishing import LATER, draft, publish_draft
from tests.races import at_once

Point = Acceptance.Point


def accept(user, **changed):
    given = {
        "user": user,
        "point": Point.REGISTRATION,
        "channel": Acceptance.Channel.WEB,
        "at": AT,
        "ip": "192.0.2.7",
        "user_agent": "Browser/1.0",
    }
    return record(**{**given, **changed})


def test_every_required_document_is_accepted_in_the_version_in_force(publication, customer):
    rows = accept(customer)
    assert [row.version for row in rows] == required_documents(publication=publication)
    assert {(r.user_id, r.publication_id, r.at, r.ip, r.user_agent) for r in rows} == {
        (customer.pk, publication.pk, AT, "192.0.2.7", "Browser/1.0")
    }
    assert not any(row.is_implicit for row in rows)


def test_an_optional_document_is_not_asked_for(publication, customer):
    Document.objects.filter(slug="privacy").update(is_required=False)
    assert [row.version.document.slug for row in accept(customer)] == [
        "terms", "refunds", "acceptable-use",
    ]  # fmt: skip


def test_accepting_again_changes_nothing(publication, customer):
    first = accept(customer)
    again = accept(customer, at=LATER, ip="198.51.100.1", user_agent="Other", is_implicit=True)
    assert again == first
    assert [(row.at, row.ip, row.is_implicit) for row in again] == [(AT, "192.0.2.7", False)] * 4
    assert Acceptance.objects.count() == 4


def test_each_point_is_recorded_on_its_own(publication, customer):
    for point in (Point.REGISTRATION, Point.ORDER, Point.PAYMENT, Point.REACCEPTANCE):
        accept(customer, point=point)
    assert Acceptance.objects.count() == 16


def test_the_database_refuses_a_double_that_the_code_did_not_see(publication, customer):
    row = accept(customer)[0]
    with pytest.raises(IntegrityError, match="once_per_point"), transaction.atomic():
        Acceptance.objects.create(
            user=customer,
            version=row.version,
            publication=publication,
            point=Point.REGISTRATION,
            channel="web",
            at=LATER,
        )


def twenty_at_once() -> list[list[int]]:
    """Twenty requests of one customer; returns the ids that each of them was given."""
    install_defaults(policy=PRESETS["balance_only"], at=AT)
    customer = User.objects.create_user("customer@example.com", "not a common passphrase")
    numbers = iter(range(20))
    return at_once(20, lambda: [row.pk for row in accept(customer, ip=f"192.0.2.{next(numbers)}")])


def test_twenty_requests_at_once_leave_one_acceptance(fresh_db):
    answers = twenty_at_once()
    assert all(answer == answers[0] for answer in answers)
    assert Acceptance.objects.count() == 4


def test_without_the_constraint_twenty_requests_leave_twenty(fresh_db):
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE legal_acceptance DROP CONSTRAINT legal_acceptance_once_per_point"
        )
    twenty_at_once()
    assert Acceptance.objects.count() == 80


def test_use_can_be_taken_as_acceptance_and_is_marked_so(publication, customer):
    rows = accept(customer, point=Point.ORDER, is_implicit=True, channel=Acceptance.Channel.API)
    assert {(row.is_implicit, row.channel, row.point) for row in rows} == {(True, "api", "order")}


def test_articles_approved_one_by_one_are_kept(publication, customer):
    assert accept(customer, clauses=(3, 5, 12))[0].clauses == [3, 5, 12]


def test_a_new_version_is_accepted_anew(publication, customer):
    accept(customer)
    publish_draft(draft())
    again = accept(customer, point=Point.REACCEPTANCE, at=LATER)
    assert [row.version.number for row in again] == [2, 1, 1, 1]
    assert Acceptance.objects.count() == 8


def test_what_was_shown_is_what_is_accepted(publication, customer):
    shown = Publication.objects.current()
    publish_draft(draft())
    rows = accept(customer, publication=shown)
    assert {row.publication_id for row in rows} == {shown.pk}
    assert {row.version.number for row in rows} == {1}


def test_who_reads_another_language_accepts_that_text(publication, customer):
    publish_draft(draft(language="it", title="Termini", body="Ciao"))
    with translation.override("it"):
        titles = [row.version.title for row in accept(customer)]
    assert titles[0] == "Termini"


@pytest.mark.parametrize("agent", ["x" * 5000, "a\0b", "", "\N{GRINNING FACE}" * 500])
def test_a_strange_browser_name_is_no_obstacle(publication, customer, agent):
    row = accept(customer, user_agent=agent, ip=None, at=AT + timedelta(days=1))[0]
    assert row.user_agent == agent.replace("\0", "")[:400]


def missing(customer, publication, *, point=Point.PAYMENT):
    return missing_at(user=customer, point=point, publication=publication)


def test_each_point_asks_for_its_own_acceptance_once(publication, customer):
    accept(customer)
    assert missing(customer, publication, point=Point.REGISTRATION) == []
    assert missing(customer, publication) == required_documents(publication=publication)
    accept(customer, point=Point.PAYMENT)
    assert missing(customer, publication) == []


def test_a_point_that_the_terms_leave_out_asks_for_nothing(publication, customer, monkeypatch):
    policy = replace(publication.get_policy(), legal_points=frozenset({"order"}))
    monkeypatch.setattr(Publication, "get_policy", lambda _self: policy)
    assert missing(customer, publication) == []
    assert missing(customer, publication, point=Point.ORDER) != []


def test_only_what_has_a_new_version_is_asked_for_again(publication, customer):
    accept(customer, point=Point.PAYMENT)
    publish_draft(draft("terms"))
    now = Publication.objects.current()
    assert [version.document.slug for version in missing(customer, now)] == ["terms"]
