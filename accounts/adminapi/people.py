"""Who is who: a customer named by number or address."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.adminapi.answering import Code, Refusal
from accounts.adminapi.reading import Fields
from accounts.models import User


def named(fields: Fields, name: str = "user") -> User | None:
    """The user that a parameter names by number or whole e-mail address; None where it is absent.
    Raises Refusal for nobody."""
    said = fields.text(name, most=254)
    if not said:
        return None
    is_number = said.isascii() and said.isdecimal() and len(said) <= 18
    is_meant = Q(pk=int(said)) if is_number else Q(email__iexact=said)
    user = User.objects.filter(is_meant).first()
    if user is None:
        raise Refusal(Code.NOT_FOUND, _("There is no such user."))
    return user
