"""The control door of the fake gateway as a test sees it."""

from __future__ import annotations

from typing import Any

from smmpanel.fake_stripe.store import Body
from tests.standing_in import StandIn


class Remote(StandIn):
    """What may be done to it. Ids are the API's own; `payment` is a charge or its intent."""

    def pay(self, session: str, method: str = "pm_card_visa") -> Body:
        """Pay at the hosted page with a test card's name or `us_bank_account`.

        Returns the session: still open after a card that is declined.
        """
        return dict(self._tell("pay", session=session, method=method))

    def settle_payment(self, payment_intent: str, outcome: str = "succeeded") -> None:
        """The slow bank's answer: `succeeded` or `failed`."""
        self._tell("async_outcome", payment_intent=payment_intent, outcome=outcome)

    def authenticate(self, intent: str, outcome: str = "succeeded") -> None:
        """The holder's answer to a payment or setup intent that requires action."""
        self._tell("authenticate", intent=intent, outcome=outcome)

    def make_fees(self, known: str) -> None:
        """Whether fees are known `now` or `later`: an hour on, or when told."""
        self._tell("fees", known=known)

    def make_fee_known(self, payment: str) -> None:
        """Let charge.updated tell the fee."""
        self._tell("fee_known", payment=payment)

    def make_refunds(self, become: str) -> None:
        """From now on refunds become `succeeded`, `pending` or `failing` (after three days)."""
        self._tell("refunds", become=become)

    def fail_refund(
        self, refund: str, *, reason: str = "unknown", after_seconds: float = 0.0
    ) -> None:
        """Now, or when the clock has been advanced so far."""
        options = {"outcome": "failed", "reason": reason, "after_seconds": after_seconds}
        self._tell("refund_outcome", refund=refund, **options)

    def succeed_refund(self, refund: str) -> None:
        """A pending refund is paid."""
        self._tell("refund_outcome", refund=refund, outcome="succeeded")

    def dispute(
        self,
        payment: str,
        *,
        kind: str = "formal",
        reason: str = "fraudulent",
        amount: int | None = None,
    ) -> Body:
        """Open a `formal` dispute or an `inquiry`; all that is left of the charge by default."""
        options = {"kind": kind, "reason": reason, "amount": amount}
        return dict(self._tell("dispute", payment=payment, **options))

    def close_dispute(self, dispute: str, outcome: str, *, fee_returned_cents: int = 0) -> Body:
        """`won`, `lost`, `warning_closed`, or `escalated` from inquiry to formal."""
        options = {"outcome": outcome, "fee_returned_cents": fee_returned_cents}
        return dict(self._tell("dispute_outcome", dispute=dispute, **options))

    def warn_of_fraud(self, payment: str, fraud_type: str = "made_with_stolen_card") -> Body:
        """An early fraud warning."""
        return dict(self._tell("early_fraud_warning", payment=payment, fraud_type=fraud_type))

    def review(self, payment: str) -> Body:
        """A rule of the merchant's asks that a person looks at a payment."""
        return dict(self._tell("review", payment=payment))

    def close_review(self, review: str, reason: str = "approved") -> Body:
        """Somebody has looked."""
        return dict(self._tell("review_outcome", review=review, reason=reason))

    def emit(self, event_type: str, about: str | Body) -> None:
        """Any other event, such as mandate.updated, about an id or an object given here."""
        self._tell("emit", event_type=event_type, object=about)

    def fault(
        self,
        kind: str,
        *,
        route: str = "*",
        stage: str = "before",
        count: int = 1,
        seconds: float = 0.0,
    ) -> None:
        """Spoil the next calls of a route; see `faults.Kind`."""
        options = {"stage": stage, "count": count, "seconds": seconds}
        self._tell("faults", kind=kind, route=route, **options)

    def spoil_webhooks(
        self, manner: str, *, event_type: str = "*", count: int = 1, seconds: float = 0.0
    ) -> None:
        """Spoil the deliveries of the next events of a type; see `rules.Manner`."""
        options = {"event_type": event_type, "count": count, "seconds": seconds}
        self._tell("webhook_rules", manner=manner, **options)

    def hold(self) -> None:
        """Deliver nothing until released."""
        self._tell("hold")

    def release(self, order: str = "as_is", *, seed: int = 0, event_type: str = "*") -> int:
        """Deliver what is held `as_is`, `reversed` or `shuffled`; how many that are."""
        told = self._tell("release", order=order, seed=seed, event_type=event_type)
        return int(told["released"])

    def resend(self, event: str) -> None:
        """Deliver an event once more."""
        self._tell("resend", event=event)

    def settle(self, seconds: float = 20.0) -> None:
        """Wait until every delivery that is due has been tried. Raises TimeoutError."""
        if not self._tell("settle", seconds=seconds)["is_settled"]:
            raise TimeoutError("deliveries are still due")

    def advance(self, seconds: float) -> None:
        """Move its clock: sessions expire, refunds fail, deliveries are tried again."""
        self._tell("clock", advance_seconds=seconds)

    def reset(self) -> None:
        """Forget everything."""
        self._tell("reset")

    def events(self, kind: str = "") -> list[Body]:
        """Every event, oldest first, or those of one type."""
        return [event for event in self.objects("event") if kind in ("", event["type"])]

    def deliveries(self) -> list[Body]:
        """Every delivery: event, type, manner, state, due_at, and the status of each attempt."""
        return list(self._ask("deliveries"))

    def requests(self) -> list[Body]:
        """Every API request: method, path, idempotency_key, body, status."""
        return list(self._ask("requests"))

    def objects(self, kind: str) -> list[Body]:
        """All objects of a kind such as `refund` or `checkout.session`, oldest first."""
        return list(self._ask(f"objects/{kind}"))

    def _ask(self, name: str) -> Any:
        return self.control("GET", name)

    def _tell(self, name: str, **options: object) -> Any:
        return self.control("POST", name, options)
