"""The hosted payment page of a top-up: a Checkout Session that is made once and led to again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from wallet.currencies import LEDGER_CURRENCY, MICROS_PER_CENT
from wallet.gateways.stripe import cards
from wallet.gateways.stripe.client import api, gateway_errors
from wallet.models import CardConsent, Deposit

if TYPE_CHECKING:
    from stripe.params.checkout import SessionCreateParams, SessionCreateParamsLineItemPriceData

# Stripe takes 30 minutes to 24 hours, counted from when the page is made.
OPEN_FOR = timedelta(hours=2)


def start(*, deposit: Deposit, return_url: str) -> str:
    """The address of the page, or `return_url` when there is nothing to pay there any more."""
    if not deposit.checkout_id:
        return _create(deposit, return_url)
    with gateway_errors():
        session = api().checkout.sessions.retrieve(deposit.checkout_id)
    return session.url if session.status == "open" and session.url else return_url


def close(*, deposit: Deposit) -> None:
    """Ends an open page, so that nobody pays it any more. Raises GatewayRefused if it is not."""
    with gateway_errors():
        api().checkout.sessions.expire(
            deposit.checkout_id, options={"idempotency_key": f"dep:{deposit.pk}:expire"}
        )


def _create(deposit: Deposit, return_url: str) -> str:
    with gateway_errors():
        session = api().checkout.sessions.create(
            _parameters(deposit, return_url), {"idempotency_key": _key(deposit)}
        )
    deposit.checkout_id = session.id
    still_open = Deposit.objects.filter(pk=deposit.pk, state=Deposit.State.OPEN)
    if not still_open.update(checkout_id=session.id):
        # Cancelled while the page was being made: nobody shall pay there.
        close(deposit=deposit)
        return return_url
    return session.url or return_url


def _key(deposit: Deposit) -> str:
    """One top-up, one page: pressing the button again, or at once, leads to the same."""
    return f"dep:{deposit.pk}:session"


def _parameters(deposit: Deposit, return_url: str) -> SessionCreateParams:
    """A card is kept with consent only; without, Stripe learns no more than where to write."""
    parameters = _payment_parameters(deposit, return_url)
    if not CardConsent.objects.filter(deposit=deposit).exists():
        parameters["customer_email"] = deposit.customer.email
        return parameters
    parameters["customer"] = cards.customer_for(user_id=deposit.customer_id)
    parameters["payment_intent_data"]["setup_future_usage"] = "off_session"
    return parameters


def _payment_parameters(deposit: Deposit, return_url: str) -> SessionCreateParams:
    """The amount comes from the row that was checked; our number is for finding it again."""
    ours = {"deposit_id": str(deposit.pk)}
    name = _("Top-up %(number)s at %(site)s") % {"number": deposit.pk, "site": settings.SITE_NAME}
    price: SessionCreateParamsLineItemPriceData = {
        "currency": LEDGER_CURRENCY,
        "unit_amount": deposit.asked_micros // MICROS_PER_CENT,
        "product_data": {"name": name},
    }
    return {
        "mode": "payment",
        "submit_type": "pay",
        "line_items": [{"price_data": price, "quantity": 1}],
        # The ledger is in dollars: a page that converts would take other coins.
        "adaptive_pricing": {"enabled": False},
        "client_reference_id": deposit.reference,
        "metadata": ours,
        "payment_intent_data": {
            "metadata": ours,
            # After the account's own name, on the customer's bank statement (CHB-07).
            "statement_descriptor_suffix": f"T{deposit.pk}",
        },
        "expires_at": int((deposit.created_at + OPEN_FOR).timestamp()),
        "success_url": return_url,
        "cancel_url": return_url,
    }
