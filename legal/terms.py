"""Asking the terms that an order or a deposit was made under, or that a person has accepted."""

from datetime import datetime
from functools import lru_cache

from legal.models import Acceptance, Publication
from legal.policy import Policy


@lru_cache(maxsize=1024)
def policy_of(publication_id: int) -> Policy:
    """The settings of one publication. It never changes, so every process reads it once."""
    return Publication.objects.get(pk=publication_id).get_policy()


def policy_in_force(*, at: datetime) -> Policy | None:
    """The settings that were published last by then; None before the first publication."""
    in_force = Publication.objects.in_force(at=at)
    found = in_force.values_list("pk", flat=True).first()
    return None if found is None else policy_of(found)


def account_policy(*, user_id: int, at: datetime) -> Policy:
    """The settings that bind somebody as an account: of the publication that he accepted last by
    `at`, or of the one in force then if he accepted none. Raises Publication.DoesNotExist."""
    accepted = Acceptance.objects.filter(user_id=user_id, at__lte=at).order_by("-at", "-pk")
    found = accepted.values_list("publication_id", flat=True).first()
    policy = policy_of(found) if found is not None else policy_in_force(at=at)
    if policy is None:
        raise Publication.DoesNotExist("nothing is published: run manage.py install_legal")
    return policy
