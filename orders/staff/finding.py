"""What staff type to find one among all orders and submissions: conditions that indexes answer."""

from __future__ import annotations

from django.db.models import Q, Subquery
from django.db.models.functions import Lower

from accounts.models import User
from orders.models import FINAL, RUNNING
from services import links
from services.models import Provider
from wallet.money import read_number


def orders_for(words: str) -> Q:
    """A number is one of ours, by the primary key, or the same at a provider; other words are an
    e-mail address, or a provider's number or a whole link in any spelling."""
    number = read_number(words)
    if number is not None:
        return Q(pk=number) | _at_a_provider(words)
    if "@" in words and "/" not in words:
        return _of_customer(words)
    try:
        return _at_a_provider(words) | _on_link(links.canonical(words).key)
    except links.InvalidLink:
        return _at_a_provider(words)


def submissions_for(words: str) -> Q:
    """A number of an order of ours, or what a provider's answer called its own."""
    theirs = _at_a_provider(words) | Q(candidate_id=words)
    number = read_number(words)
    return theirs if number is None else theirs | Q(order=number)


def _at_a_provider(words: str) -> Q:
    """The rule that it is there once begins with the provider: each is named, there are a few."""
    providers = list(Provider.objects.values_list("pk", flat=True))
    return Q(provider__in=providers, external_id=words)


def _of_customer(email: str) -> Q:
    """Whose they are is hidden from the planner: see `OrderQuerySet.history_of`."""
    person = User.objects.alias(lower=Lower("email")).filter(lower=email.lower())
    return Q(customer=Subquery(person.values("pk")[:1]))


def _on_link(key: str) -> Q:
    """Not the runs and posts of a plan; running orders and others are in an index each."""
    where_it_is = Q(status__in=FINAL) | Q(status__in=RUNNING)
    return Q(where_it_is, link_key=key, parent=None)
