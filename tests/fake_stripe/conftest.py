"""One fake gateway, emptied before each test, and the official SDK talking to it."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe as sdk

from tests.fake_stripe.process import FakeStripe
from tests.fake_stripe.receiver import Receiver

Buy = Callable[..., Any]


@pytest.fixture(scope="session")
def fake_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeStripe]:
    store = tmp_path_factory.mktemp("fake_stripe") / "stripe.sqlite"
    with FakeStripe(store=store) as running:
        yield running


@pytest.fixture
def fake(fake_process: FakeStripe) -> FakeStripe:
    fake_process.deliver_to("")
    fake_process.reset()
    return fake_process


@pytest.fixture
def api(fake: FakeStripe) -> Any:
    """The SDK, which must not try again by itself: a test would not see the first answer."""
    client = sdk.StripeClient(fake.key, base_addresses={"api": fake.url}, max_network_retries=0)
    return client.v1


@pytest.fixture
def receiver(fake: FakeStripe) -> Iterator[Receiver]:
    with Receiver() as running:
        fake.deliver_to(running.url)
        yield running


@pytest.fixture
def session_params() -> dict[str, Any]:
    """50.00 USD, as the wallet asks for it."""
    price = {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "Top-up"}}
    return {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "client_reference_id": "deposit:5",
        "metadata": {"deposit_id": "5"},
        "payment_intent_data": {"metadata": {"deposit_id": "5"}},
        "success_url": "http://127.0.0.1:1/wallet/deposits/5/?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:1/wallet/top-up/",
        "expires_at": int(time.time()) + 3600,
    }


@pytest.fixture
def buy(api: Any) -> Buy:
    """A payment intent paid with a new test card."""

    def buy(amount: int = 5000, card: str = "pm_card_visa", **options: Any) -> Any:
        params: dict[str, Any] = {
            "amount": amount,
            "currency": "usd",
            "payment_method": card,
            "confirm": True,
        }
        params |= {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
        return api.payment_intents.create(params | options)

    return buy


@pytest.fixture
def saved_card(api: Any) -> Callable[[str], tuple[str, str]]:
    """A customer who keeps a test card: both ids."""

    def save(card: str = "pm_card_visa") -> tuple[str, str]:
        customer = api.customers.create({"email": "customer@example.com"})
        method = api.payment_methods.attach(card, {"customer": customer.id})
        return customer.id, method.id

    return save
