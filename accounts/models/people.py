"""Who uses the panel."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in by e-mail: customer, support or operator.

    Only an active person may act; every other standing ends sessions and keys at once (ACC-06).
    """

    class Standing(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        TERMINATED = "terminated", _("Terminated")
        BLACKLISTED = "blacklisted", _("Blacklisted")

    email = models.EmailField(_("e-mail"), max_length=254)
    standing = models.CharField(_("standing"), max_length=12, choices=Standing, default="active")
    standing_reason = models.CharField(_("reason"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True, editable=False)
    is_staff = models.BooleanField(_("staff"), default=False)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # ISO 3166 code of where the customer is billed; empty until he has said it (CAT-14).
    country = models.CharField(_("billing country"), max_length=2, blank=True)
    # Part of what a session is checked against: raising it ends every session of the user.
    session_epoch = models.PositiveIntegerField(default=0, editable=False)
    # The owner has said that somebody else may have the password or a key (ACC-11): nothing is
    # ordered and nothing paid out until staff have made sure who asks.
    frozen_at = models.DateTimeField(_("frozen since"), null=True, blank=True, editable=False)
    # Of programs alone, after too many calls (API-01): the pages go on.
    api_suspended_until = models.DateTimeField(
        _("API suspended until"), null=True, blank=True, editable=False
    )
    # Calls in a minute; none: the usual number.
    api_rate_per_minute = models.PositiveIntegerField(
        _("API calls a minute"), null=True, blank=True
    )
    # An `add` that says the same as one so shortly before is taken for a repetition; 0: never.
    repeat_window_seconds = models.PositiveSmallIntegerField(
        _("repetitions within"), default=0, db_default=0
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [
            ("change_standing", "Can suspend, terminate and reactivate a customer"),
            ("change_api_access", "Can lift, limit and end a customer's API access"),
            ("invite_user", "Can make an account for a customer and invite him by mail"),
        ]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_unique"),
            models.CheckConstraint(
                name="accounts_user_active_follows_standing",
                condition=models.Q(is_active=True, standing="active")
                | (models.Q(is_active=False) & ~models.Q(standing="active")),
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.is_active = self.standing == self.Standing.ACTIVE
        super().save(*args, **kwargs)

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Nothing of the desk while frozen: somebody else may sit there (ACC-11)."""
        return self.frozen_at is None and super().has_perm(perm, obj)

    def has_module_perms(self, app_label: str) -> bool:
        return self.frozen_at is None and super().has_module_perms(app_label)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # The hook under both public methods: sessions signed with a fallback key count as well.
        state = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.session", state, secret=secret, algorithm="sha256").hexdigest()
