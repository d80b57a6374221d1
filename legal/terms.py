"""Asking the terms that an order or a deposit was made under."""

from functools import lru_cache

from legal.models import Publication
from legal.policy import Policy


@lru_cache(maxsize=1024)
def policy_of(publication_id: int) -> Policy:
    """The settings of one publication. It never changes, so every process reads it once."""
    return Publication.objects.get(pk=publication_id).get_policy()
