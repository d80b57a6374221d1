"""A new customer: the account and what they accepted, or neither (LEG-05, LEG-06)."""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts.models import User
from legal import acceptance
from legal.models import Acceptance, Publication


class EmailTaken(Exception):
    """Somebody registered this e-mail a moment ago."""


def register(
    *, email: str, password: str, publication: Publication, at: datetime, ip: str, user_agent: str
) -> User:
    """Create a customer with an unconfirmed e-mail who accepts what the publication requires.

    `publication` is the one that the form showed: one that comes into force meanwhile was not read.

    Raises EmailTaken when another registration of the same e-mail was faster.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password)
            EmailAddress.objects.create(user=user, email=user.email, primary=True)
            acceptance.record(
                user=user,
                point=Acceptance.Point.REGISTRATION,
                channel=Acceptance.Channel.WEB,
                at=at,
                ip=ip,
                user_agent=user_agent,
                publication=publication,
            )
    except IntegrityError as error:
        if User.objects.filter(email=email.lower()).exists():
            raise EmailTaken from error
        raise
    return user


def imitate(*, password: str) -> None:
    """Do the costly part of a registration for nothing: it takes longer than all the rest.

    An e-mail that has an account must not be told by the time of an answer (S-10).
    """
    make_password(password)
