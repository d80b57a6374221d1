"""Who uses the panel, and with which keys."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.postgres.fields import ArrayField
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
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        permissions = [("change_standing", "Can suspend, terminate and reactivate a customer")]
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

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        # The hook under both public methods: sessions signed with a fallback key count as well.
        state = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.session", state, secret=secret, algorithm="sha256").hexdigest()


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    def live(self, *, at: datetime) -> ApiKeyQuerySet:
        """Keys that open the API at this moment."""
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=at)
        return self.filter(lasting, revoked_at=None)


class ApiKey(models.Model):
    """A reseller's key. Only a keyed hash is stored: a copy of the database opens nothing."""

    class Scope(models.TextChoices):
        READ = "read", _("Read only")
        ORDER = "order", _("Read and order")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys"
    )
    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(_("scope"), max_length=8, choices=Scope, default=Scope.ORDER)
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(_("last used from"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    # Of a key that another has taken the place of: programs change over until then.
    expires_at = models.DateTimeField(_("ends"), null=True, blank=True)
    # Addresses and networks that may use it; none named: all.
    allowed_networks = ArrayField(
        models.CharField(max_length=43), verbose_name=_("only from"), default=list, blank=True
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def opens_from(self, ip: str) -> bool:
        """Whether it may be used from this address."""
        networks = [ip_network(network) for network in self.allowed_networks]
        return not networks or any(_plain_address(ip) in network for network in networks)


def _plain_address(ip: str) -> IPv4Address | IPv6Address:
    """An IPv4 address that came over IPv6 is the IPv4 address that its owner knows."""
    address = ip_address(ip)
    return getattr(address, "ipv4_mapped", None) or address
