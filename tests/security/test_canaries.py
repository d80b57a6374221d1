"""S-26: after a day's work in the running panel its secrets are in no log, table or cache.

The exceptions, which docs/security.md names: a session's id in its own row, and in a demonstration
the mails, which everybody may read there. tests/accounts/test_secrets.py has a panel that sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.contrib.sessions.models import Session

from accounts.models import OutboundMail
from orders.models import Order, WebhookAttempt, WebhookEndpoint
from services.models import Provider
from tests.house import LOG, House
from tests.security import checksums
from tests.security.visitor import Visitor
from tests.waiting import wait_until
from wallet.models import Deposit

PASSWORD, MISTYPED = "canary passphrase one", "canary passphrase two"
NEW_PROVIDER_KEY, FORGED_KEY = "canary-key-of-a-provider", "panel_canary-of-a-stranger-00000000"
SIGNATURE = "t=1,v1=canary0signature0canary"


@pytest.fixture
def database(house: House) -> Iterator[None]:
    with house.rows():
        yield


@pytest.fixture
def log(house: House, request: pytest.FixtureRequest) -> Path:
    return request.config.stash[LOG]


@pytest.fixture
def secrets(house: House, database: None) -> dict[str, str]:
    """What a customer, an operator, a provider and a stranger have used."""
    people = house.log_ins
    customer = Visitor(house.url)
    log_in(customer, people["customer"]["email"], MISTYPED)
    log_in(customer, people["customer"]["email"], people["customer"]["password"])
    top_up(customer, house)
    key = make_key(customer)
    webhook = make_webhook(customer)
    reset = ask_for_a_new_password(house, people["support"]["email"])
    order_by_api(house, key)
    house.provider.fault("error", action="add", value=f"we read {house.provider.key}")
    order_by_api(house, key)
    stranger = Visitor(house.url)
    stranger.get(f"/api/v2?action=balance&key={FORGED_KEY}")
    stranger.get(f"/api/v3/balance?key={FORGED_KEY}")
    stranger.post("/webhooks/stripe/", b'{"id": "evt"}', **{"Stripe-Signature": SIGNATURE})
    operator = Visitor(house.url)
    log_in(operator, people["operator"]["email"], people["operator"]["password"])
    add_provider(operator)
    operator_key = make_operator_key(operator)
    return {
        "customer's password": people["customer"]["password"],
        "operator's password": people["operator"]["password"],
        "mistyped password": MISTYPED,
        "API key": key,
        "secret of a customer's webhook": webhook,
        "somebody's wrong API key": FORGED_KEY,
        "operator's key": operator_key,
        "provider's key": house.provider.key,
        "new provider's key": NEW_PROVIDER_KEY,
        "reset token": reset,
        "webhook signature": SIGNATURE,
        "gateway's key": house.stripe.key,
        "webhook secret": house.stripe.webhook_secret,
        "customer's session": customer.session,
        "operator's session": operator.session,
        "SECRET_KEY": house.environ["SECRET_KEY"],
        "FIELD_KEYS": house.environ["FIELD_KEYS"].partition(":")[2],
    }


def log_in(visitor: Visitor, email: str, password: str) -> None:
    visitor.fill("/account/login/", "/account/login/", login=email, password=password)


def make_key(customer: Visitor) -> str:
    page = customer.fill("/account/api-keys/", "/account/api-keys/", name="canary")
    found = re.search(r"panel_[\w-]{32}", page)
    assert found
    return found[0]


def make_webhook(customer: Visitor) -> str:
    """A server that is not there; waits until it was tried."""
    page, url = "/account/webhooks/", "https://shop.invalid/hooks/"
    made = customer.fill(page, page, name="canary", url=url, types="order.refunded")
    found = re.search(r"whsec_[\w+/=]{44}", made)
    assert found
    home = f"{page}{WebhookEndpoint.objects.get(url=url).pk}/"
    customer.fill(home, f"{home}test/")
    wait_until(WebhookAttempt.objects.exists)
    return found[0]


def make_operator_key(operator: Visitor) -> str:
    """A key for the Admin API, used as it should be, and by mistake in an address."""
    page = operator.fill("/staff/api/", "/staff/api/", name="canary", scopes="users:read")
    found = re.search(r"panelop_[\w-]{32}", page)
    assert found
    program = Visitor(operator.url)
    assert '"error_code": 0' in program.get("/adminapi/v2/users", **{"X-Api-Key": found[0]})
    assert "invalid_api_key" in program.get(f"/adminapi/v2/users?key={found[0]}")
    return found[0]


def top_up(customer: Visitor, house: House) -> None:
    """Paid at the gateway, after one answer that failed; waits for the credit."""
    house.stripe.fault("error", route="POST /v1/checkout/sessions")
    page = "/wallet/top-up/"
    customer.fill(page, page, amount="10", gateway="stripe", accepts="on", step="")
    deposit = Deposit.objects.latest("pk")
    house.stripe.pay(deposit.checkout_id)
    credited = Deposit.objects.filter(pk=deposit.pk, state=Deposit.State.PAID)
    wait_until(credited.exists)


def ask_for_a_new_password(house: House, email: str) -> str:
    """The token of a link that was asked for and opened."""
    visitor = Visitor(house.url)
    visitor.fill("/account/password/reset/", "/account/password/reset/", email=email)
    found = re.search(r"https?://\S+/key/\S+", OutboundMail.objects.latest("pk").body)
    assert found
    assert 'name="password1"' in visitor.get(found[0])
    return found[0].rstrip("/").rpartition("-")[2]


def order_by_api(house: House, key: str) -> None:
    """An order with the key in the address, as old clients send it; waits until it was tried."""
    visitor = Visitor(house.url)
    services = json.loads(visitor.get(f"/api/v2?key={key}&action=services"))
    service = next(one for one in services if one["type"] == "Default")
    link = f"https://example.com/canary/{Order.objects.count()}"
    order = f"service={service['service']}&quantity={service['min']}&link={link}"
    placed = json.loads(visitor.post(f"/api/v2?key={key}&action=add", order.encode()))
    unsent = Order.objects.filter(pk=placed["order"], status__in=("queued", "submitting"))
    wait_until(lambda: not unsent.exists())


def add_provider(operator: Visitor) -> None:
    page = "/staff/catalogue/providers/new/"
    operator.fill(
        page,
        page,
        name="Canary",
        url="https://provider.example/api/v2",
        new_key=NEW_PROVIDER_KEY,
    )
    assert Provider.objects.get(name="Canary").api_key == NEW_PROVIDER_KEY


def in_the_database() -> dict[str, str]:
    found = {table: "\n".join(rows) for table, rows in checksums.rows().items()}
    opened = [str(session.get_decoded()) for session in Session.objects.all()]
    return found | {"content of sessions": "\n".join(opened)}


def in_redis(url: str) -> str:
    """All keys and values, whatever their kind; small values are stored as they are."""
    client = redis.Redis.from_url(url)
    keys: list[bytes] = list(client.scan_iter())
    return "\n".join(f"{key!r} {client.dump(key)!r}" for key in keys)


# A session's row is found by its id, and opens nothing for who has the table but not SECRET_KEY
# to sign with; whoever follows a reset link keeps its token until the password is set.
KNOWN = {
    ("customer's session", "django_session"),
    ("operator's session", "django_session"),
    ("reset token", "accounts_outboundmail"),
    ("reset token", "content of sessions"),
}


def test_no_secret_is_left_in_a_running_panel(
    secrets: dict[str, str], house: House, log: Path
) -> None:
    places = {
        **in_the_database(),
        "redis": in_redis(house.environ["REDIS_URL"]),
        "log": log.read_text(),
    }
    assert "GET /account/password/reset/key/.../ 302" in places["log"]
    assert places["redis"]
    found = {
        (name, place)
        for name, secret in secrets.items()
        for place in places
        if secret in places[place]
    }
    assert found == KNOWN
    assert json.loads(house.manage("verify_ledger", "--json"))["ok"] is True
