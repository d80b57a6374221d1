"""What every gateway keeps, whatever it is: each has a `Scene`, and a class that inherits these.

A new gateway is a folder in wallet/gateways and one class in test_contract.py (docs/gateways.md).
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta
from typing import Protocol

import pytest
from django.utils import timezone

from accounts.models import User
from legal.models import Publication
from tests.factories import MICROS
from wallet import verification
from wallet.balances import balances_of
from wallet.gateways import registry
from wallet.gateways.base import Gateway, GatewayRefused, PaymentState, Refund, RefundState
from wallet.models import Deposit, Transfer
from wallet.topups import crediting

BACK = "https://panel.example/wallet/deposits/1/"
ASKED = 25 * MICROS
WAITING = (None, PaymentState.OPEN, PaymentState.PROCESSING)


class Scene(Protocol):
    """One gateway, and what people do at it."""

    gateway: Gateway

    def switch_off(self) -> None:
        """Take away the settings that offer it."""

    def pay(self, deposit: Deposit) -> Deposit:
        """The customer pays what was asked for, and the gateway has it; nothing is told yet."""


class GatewayContract:
    """Inherit it, and give a fixture `scene`."""

    @pytest.fixture
    def deposit(self, alice: User, scene: Scene) -> Deposit:
        """Numbers that no earlier run has told to an account that lives on."""
        return Deposit.objects.create(
            pk=secrets.randbelow(10**9) + 1,
            customer=alice,
            publication=Publication.objects.current(),
            gateway=scene.gateway.code,
            asked_micros=ASKED,
            amount_micros=ASKED,
        )

    def credit(self, scene: Scene, deposit: Deposit) -> Deposit:
        """Paid, looked up and applied."""
        payment = scene.gateway.look_up(scene.pay(deposit))
        assert payment is not None
        crediting.apply(payment, gateway=scene.gateway.code, at=timezone.now())
        return Deposit.objects.get(pk=deposit.pk)

    def test_it_has_a_name_for_the_books_and_one_for_people(self, scene: Scene) -> None:
        assert scene.gateway.code.isascii()
        assert 0 < len(scene.gateway.code) <= 20
        assert str(scene.gateway.label)
        assert registry.label_of(scene.gateway.code) == scene.gateway.label

    def test_its_limits_are_payable_sums(self, scene: Scene) -> None:
        limits = scene.gateway.limits
        assert 0 < limits.minimum_micros <= limits.maximum_micros
        for sum_micros in (limits.minimum_micros, limits.maximum_micros):
            assert limits.refusal(sum_micros) is None
        for sum_micros in (limits.minimum_micros - 10_000, limits.maximum_micros + 10_000):
            assert limits.refusal(sum_micros)

    def test_it_is_offered_as_long_as_the_settings_say_so(self, scene: Scene) -> None:
        assert scene.gateway in registry.offered()
        scene.switch_off()
        assert scene.gateway not in registry.offered()
        assert registry.gateway_of(scene.gateway.code) is scene.gateway

    def test_it_leads_to_one_place_however_often_it_is_asked(
        self, scene: Scene, deposit: Deposit
    ) -> None:
        first = scene.gateway.start(deposit=deposit, return_url=BACK)
        stored = Deposit.objects.get(pk=deposit.pk)
        assert first
        assert scene.gateway.start(deposit=stored, return_url=BACK) == first

    def test_what_nobody_has_paid_is_no_money(self, scene: Scene, deposit: Deposit) -> None:
        scene.gateway.start(deposit=deposit, return_url=BACK)
        payment = scene.gateway.look_up(deposit)
        assert (payment.state if payment else None) in WAITING
        if payment is not None:
            crediting.apply(payment, gateway=deposit.gateway, at=timezone.now())
        assert not Transfer.objects.exists()

    def test_what_was_paid_is_told_and_credited_once(
        self, scene: Scene, deposit: Deposit, alice: User
    ) -> None:
        paid = scene.pay(deposit)
        for _time in range(3):
            payment = scene.gateway.look_up(Deposit.objects.get(pk=paid.pk))
            assert payment is not None
            assert (payment.state, payment.deposit_id) == (PaymentState.SUCCEEDED, deposit.pk)
            assert (payment.received_coins, payment.currency) == (2500, "usd")
            assert payment.payment_id
            crediting.apply(payment, gateway=deposit.gateway, at=timezone.now())
        assert balances_of(customer_id=alice.pk).cash_micros == ASKED
        assert [finding.name for finding in verification.verify() if not finding.is_ok] == []

    def test_its_fee_is_unknown_or_what_it_kept(self, scene: Scene, deposit: Deposit) -> None:
        credited = self.credit(scene, deposit)
        assert credited.fee_micros is None or 0 <= credited.fee_micros < ASKED

    def test_a_paid_one_is_not_closed(self, scene: Scene, deposit: Deposit, alice: User) -> None:
        credited = self.credit(scene, deposit)
        with suppress(GatewayRefused):
            scene.gateway.close(deposit=credited)
        assert balances_of(customer_id=alice.pk).cash_micros == ASKED

    def test_a_closed_one_waits_for_nobody(self, scene: Scene, deposit: Deposit) -> None:
        scene.gateway.start(deposit=deposit, return_url=BACK)
        scene.gateway.close(deposit=Deposit.objects.get(pk=deposit.pk))
        payment = scene.gateway.look_up(Deposit.objects.get(pk=deposit.pk))
        assert payment is None or payment.state == PaymentState.EXPIRED

    def test_one_reference_is_one_refund(self, scene: Scene, deposit: Deposit) -> None:
        credited = self.credit(scene, deposit)
        assert scene.gateway.find_refund(deposit=credited, reference="payout:1") is None
        first, again = (
            scene.gateway.refund(deposit=credited, reference="payout:1", amount_micros=10 * MICROS)
            for _time in range(2)
        )
        assert first.refund_id == again.refund_id
        assert (first.reference, first.amount_micros) == ("payout:1", 10 * MICROS)
        self.check_found(scene, credited, first)

    def check_found(self, scene: Scene, deposit: Deposit, made: Refund) -> None:
        """One that a person makes is in our books alone."""
        found = scene.gateway.find_refund(deposit=deposit, reference=made.reference)
        if made.state == RefundState.BY_HAND:
            assert found is None
            return
        assert found is not None
        assert (found.refund_id, found.amount_micros) == (made.refund_id, made.amount_micros)

    def test_more_than_was_paid_does_not_go_back(self, scene: Scene, deposit: Deposit) -> None:
        credited = self.credit(scene, deposit)
        made: Refund | None = None
        with suppress(GatewayRefused):
            made = scene.gateway.refund(
                deposit=credited, reference="payout:2", amount_micros=ASKED + 10_000
            )
        assert made is None or made.state == RefundState.BY_HAND

    def test_time_alone_credits_nothing(self, scene: Scene, deposit: Deposit) -> None:
        Deposit.objects.filter(pk=deposit.pk).update(created_at=timezone.now() - timedelta(days=9))
        payment = scene.gateway.look_up(Deposit.objects.get(pk=deposit.pk))
        assert payment is None or payment.state != PaymentState.SUCCEEDED
