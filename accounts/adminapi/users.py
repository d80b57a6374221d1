"""Users: a list without secrets, and invitations."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import inviting
from accounts.adminapi import lists, people
from accounts.adminapi.answering import Code, Refusal, invalid
from accounts.adminapi.serving import Call, endpoint
from accounts.models import OperatorKey, User

Scope = OperatorKey.Scope
_LONGEST_EMAIL = 254
_STANDINGS = {standing.value: standing for standing in User.Standing}


@endpoint("GET", scope=Scope.USERS_READ, permission="accounts.view_user")
def user_list(call: Call) -> dict[str, object]:
    page, people_here, sieve = lists.page(call.fields), User.objects.all(), Q(is_staff=False)
    if standing := call.fields.choice("status", _STANDINGS):
        sieve &= Q(standing=standing)
    if user := people.named(call.fields):
        people_here = people_here.filter(pk=user.pk)
    found = page.of(people_here, sieve=sieve)
    return found.members([_members(row) for row in found.rows])


@endpoint("POST", scope=Scope.USERS_WRITE, permission="accounts.invite_user")
def user_add(call: Call) -> dict[str, object]:
    """Makes an account without a password and invites its owner by mail to choose one."""
    email = call.fields.required("email", lambda name: call.fields.text(name, most=_LONGEST_EMAIL))
    try:
        validate_email(email)
    except ValidationError:
        raise invalid("email", _("an e-mail address")) from None
    try:
        user = inviting.invite(email=email, by=call.by, at=call.at, ip=call.ip)
    except inviting.EmailTaken:
        raise Refusal(
            Code.CONFLICT, _("Somebody has an account with this e-mail already.")
        ) from None
    return _members(user)


def _members(user: User) -> dict[str, Any]:
    return {
        "id": user.pk,
        "email": user.email,
        "status": user.standing,
        "country": user.country,
        "created_at": int(user.date_joined.timestamp()),
        "last_login_at": int(user.last_login.timestamp()) if user.last_login else None,
    }
