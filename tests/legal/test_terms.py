"""Whose terms count: those that somebody accepted last, else those in force."""

from datetime import timedelta

import pytest

from accounts.models import User
from legal.models import Publication
from legal.presets import PRESETS
from legal.terms import account_policy, policy_in_force
from tests.legal.conftest import AT
from tests.legal.test_acceptance import Point, accept
from tests.legal.test_publishing import LATER, draft, publish_draft

LATEST = LATER + timedelta(days=1)


@pytest.fixture
def republished(publication):
    return publish_draft(draft(), policy=PRESETS["deposit_window"])


def test_who_accepted_nothing_is_bound_by_what_is_in_force(republished, customer):
    assert account_policy(user_id=customer.pk, at=AT) == PRESETS["balance_only"]
    assert account_policy(user_id=customer.pk, at=LATEST) == PRESETS["deposit_window"]


def test_a_new_publication_binds_an_account_once_it_is_accepted(publication, customer):
    accept(customer)
    republished = publish_draft(draft(), policy=PRESETS["deposit_window"])
    assert account_policy(user_id=customer.pk, at=LATEST) == PRESETS["balance_only"]
    accept(customer, point=Point.REACCEPTANCE, publication=republished, at=LATEST)
    assert account_policy(user_id=customer.pk, at=LATEST) == PRESETS["deposit_window"]


def test_an_acceptance_does_not_reach_back(republished, customer):
    accept(customer, publication=republished, at=LATEST)
    assert account_policy(user_id=customer.pk, at=AT) == PRESETS["balance_only"]


def test_the_acceptance_of_another_person_binds_nobody_else(publication, customer):
    accept(User.objects.create_user("other@example.com"))
    publish_draft(draft(), policy=PRESETS["deposit_window"])
    assert account_policy(user_id=customer.pk, at=LATEST) == PRESETS["deposit_window"]


@pytest.mark.django_db
def test_without_any_publication_there_is_no_policy():
    with pytest.raises(Publication.DoesNotExist, match="install_legal"):
        account_policy(user_id=1, at=AT)


def test_the_settings_in_force_depend_on_the_time_one_asks_for(republished):
    times = (AT - timedelta(seconds=1), AT, LATEST)
    found = [policy_in_force(at=at) for at in times]
    assert found == [None, PRESETS["balance_only"], PRESETS["deposit_window"]]
