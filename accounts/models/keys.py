"""Keys of programs, and what was called with them. Only keyed hashes are stored: a copy of the
database opens nothing (API-06)."""

from __future__ import annotations

from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

KeyType = TypeVar("KeyType", bound="Key")


class KeyQuerySet(models.QuerySet[KeyType]):
    def live(self, *, at: datetime) -> Self:
        """Keys that open something at this moment."""
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=at)
        return self.filter(lasting, revoked_at=None)


class Key(models.Model):
    """What all keys have: a name, the beginning that is shown, a keyed hash, and their use."""

    name = models.CharField(_("name"), max_length=60)
    prefix = models.CharField(_("begins with"), max_length=12)
    digest = models.CharField(max_length=64, unique=True, editable=False)
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

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def opens_from(self, ip: str) -> bool:
        """Whether it may be used from this address."""
        networks = [ip_network(network) for network in self.allowed_networks]
        return not networks or any(_plain_address(ip) in network for network in networks)


class ApiKeyQuerySet(KeyQuerySet["ApiKey"]):
    pass


class ApiKey(Key):
    """A reseller's key, for API v2 and REST v3."""

    class Scope(models.TextChoices):
        READ = "read", _("Read only")
        ORDER = "order", _("Read and order")

    class Errors(models.TextChoices):
        """In which words API v2 refuses; `code` is the same in both."""

        SENTENCES = "sentences", _("Sentences")
        LEGACY = "legacy", _("Legacy codes such as neworder.error.not_enough_funds")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="api_keys"
    )
    scope = models.CharField(_("scope"), max_length=8, choices=Scope, default=Scope.ORDER)
    # Orders of such a key are played: nothing is charged and nothing is sent (orders.sandbox).
    is_sandbox = models.BooleanField(_("sandbox"), default=False, db_default=False)
    # Not taken from a query, which ends up in logs of proxies.
    refuses_query = models.BooleanField(_("refused in a query"), default=False, db_default=False)
    # API v2 answers a refusal with 401, 403, 409 or 422 instead of 200.
    is_strict = models.BooleanField(_("strict HTTP codes"), default=False, db_default=False)
    errors = models.CharField(
        _("errors as"),
        max_length=9,
        choices=Errors,
        default=Errors.SENTENCES,
        db_default=Errors.SENTENCES,
    )

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")


class OperatorKeyQuerySet(KeyQuerySet["OperatorKey"]):
    pass


class OperatorKey(Key):
    """A key of one of the staff for the Admin API: it can never do more than its owner may."""

    class Scope(models.TextChoices):
        ORDERS_READ = "orders:read", _("Orders: read")
        ORDERS_WRITE = "orders:write", _("Orders: change")
        # For a supplier's robot: nothing but our own work and the requests about it.
        ORDERS_WORK = "orders:work", _("Orders: take own work and report it")
        MONEY_READ = "money:read", _("Payments: read")
        MONEY_WRITE = "money:write", _("Payments: add")
        USERS_READ = "users:read", _("Users: read")
        USERS_WRITE = "users:write", _("Users: add")
        TICKETS_READ = "tickets:read", _("Tickets: read")
        TICKETS_WRITE = "tickets:write", _("Tickets: add")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="operator_keys"
    )
    scopes = ArrayField(
        models.CharField(max_length=16, choices=Scope), verbose_name=_("may do"), default=list
    )
    # What sessions of the owner are checked against, when the key was made: whatever ends those
    # (another password, a standing, "end all sessions") ends the key.
    owner_state = models.CharField(max_length=64, default="", db_default="", editable=False)
    # The second in which its calls are counted, and how many there were.
    window_at = models.DateTimeField(null=True, editable=False)
    window_calls = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)

    objects = OperatorKeyQuerySet.as_manager()

    class Meta:
        verbose_name = _("operator key")
        verbose_name_plural = _("operator keys")

    @property
    def may_do(self) -> list[str]:
        """Its scopes in words, in the order in which they are offered."""
        return [str(scope.label) for scope in self.Scope if scope in self.scopes]


class ApiCall(models.Model):
    """One call of a program, as its owner sees it (API-05): no parameter, no secret, no body."""

    class Api(models.TextChoices):
        V2 = "v2", "API v2"
        V3 = "v3", "REST v3"
        ADMIN = "admin", "Admin API"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    key_prefix = models.CharField(_("key"), max_length=12)
    api = models.CharField(_("API"), max_length=5, choices=Api)
    action = models.CharField(_("action"), max_length=60)
    http_status = models.PositiveSmallIntegerField(_("status"))
    # The machine's word for what was wrong; empty: it went well.
    code = models.CharField(_("error"), max_length=40, blank=True)
    # What the answer said: the sentence of an error, which names no secret.
    said = models.CharField(_("answer"), max_length=200, blank=True)
    ip = models.GenericIPAddressField(_("address"), null=True)
    took_ms = models.PositiveIntegerField(_("milliseconds"))
    is_sandbox = models.BooleanField(_("sandbox"), default=False)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("API call")
        verbose_name_plural = _("API calls")
        indexes = [models.Index(fields=["user", "-id"], name="accounts_apicall_of_user")]

    def __str__(self) -> str:
        return f"{self.api} {self.action} {self.http_status}"


def _plain_address(ip: str) -> IPv4Address | IPv6Address:
    """An IPv4 address that came over IPv6 is the IPv4 address that its owner knows."""
    address = ip_address(ip)
    return getattr(address, "ipv4_mapped", None) or address
