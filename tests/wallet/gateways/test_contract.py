"""Every gateway under the same contract; Stripe in its test mode too, where a key is given.

    STRIPE_TEST_KEY=sk_test_... pytest tests/wallet/gateways/test_contract.py

runs the same tests, unchanged, against Stripe's own servers. Use a sandbox of your own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from accounts.models import User
from tests.wallet.gateways.contract import GatewayContract
from wallet.currencies import MICROS_PER_CENT
from wallet.decisions import bank_payments
from wallet.gateways import registry
from wallet.gateways.base import Gateway
from wallet.gateways.stripe.client import api
from wallet.models import Decision, Deposit

pytestmark = pytest.mark.django_db
FAKE, SANDBOX = "fake", "test mode"
ACCOUNTS = [FAKE, SANDBOX] if os.environ.get("STRIPE_TEST_KEY") else [FAKE]


@dataclass
class StripeScene:
    settings: Settings
    gateway: Gateway = registry.STRIPE

    def switch_off(self) -> None:
        self.settings.STRIPE_SECRET_KEY = ""

    def pay(self, deposit: Deposit) -> Deposit:
        """By the API, since nobody is at the hosted page: a test card that is never declined."""
        intent = api().payment_intents.create(
            {
                "amount": deposit.asked_micros // MICROS_PER_CENT,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "confirm": True,
                "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                "metadata": {"deposit_id": str(deposit.pk)},
            }
        )
        deposit.payment_id = intent.id
        deposit.save(update_fields=["payment_id"])
        return deposit


class TestStripe(GatewayContract):
    @pytest.fixture(params=ACCOUNTS)
    def scene(self, request: pytest.FixtureRequest, settings: Settings) -> StripeScene:
        if request.param == FAKE:
            request.getfixturevalue("stripe")
        else:
            settings.STRIPE_SECRET_KEY = os.environ["STRIPE_TEST_KEY"]
            settings.STRIPE_API_BASE = ""
        return StripeScene(settings)


@dataclass
class ManualScene:
    settings: Settings
    staff: User
    gateway: Gateway = registry.MANUAL

    def switch_off(self) -> None:
        self.settings.MANUAL_DETAILS = ""

    def pay(self, deposit: Deposit) -> Deposit:
        """A person of the staff sees the money at the bank and says so."""
        seen = Decision(
            kind=Decision.Kind.CONFIRM_DEPOSIT,
            subject=deposit.reference,
            customer=deposit.customer,
            amount_micros=deposit.asked_micros,
            details={"bank_number": f"statement {deposit.pk}"},
            proposed_by=self.staff,
        )
        bank_payments.confirm(seen, timezone.now() + timedelta(minutes=1))
        return Deposit.objects.get(pk=deposit.pk)


class TestManual(GatewayContract):
    @pytest.fixture
    def scene(self, settings: Settings, olga: User) -> ManualScene:
        settings.MANUAL_DETAILS = "Account 123 at a bank"
        return ManualScene(settings, olga)
