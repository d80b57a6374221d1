"""What people, banks and issuers do, and what the gateway does on its own."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from smmpanel.fake_stripe import (
    charges,
    checkout,
    disputes,
    fraud_warnings,
    paying,
    refunds,
    reviews,
    setup_intents,
)
from smmpanel.fake_stripe.account import Account, shown
from smmpanel.fake_stripe.errors import Declined
from smmpanel.fake_stripe.sessions import KIND
from smmpanel.fake_stripe.store import Body

OUTCOMES = ("succeeded", "failed")
Options = dict[str, Any]
Act = Callable[[Account, Options], object]


def _pay(account: Account, options: Options) -> object:
    """A declined attempt is kept; the session is still open then."""
    with suppress(Declined):
        checkout.pay(account, options["session"], method=options["method"])
    return shown(account.get(KIND, options["session"]))


def _authenticate(account: Account, options: Options) -> None:
    act = (
        setup_intents.authenticate if options["intent"].startswith("seti_") else paying.authenticate
    )
    act(account, options["intent"], outcome=_one_of(OUTCOMES, options["outcome"]))


def _async_outcome(account: Account, options: Options) -> None:
    outcome = _one_of(OUTCOMES, options["outcome"])
    checkout.settle(account, options["payment_intent"], outcome=outcome)


def _fees(account: Account, options: Options) -> None:
    known = _one_of((charges.FEES_NOW, charges.FEES_LATER), options["known"])
    account.store.remember(charges.FEES, known)


def _fee_known(account: Account, options: Options) -> None:
    charges.make_fee_known(account, _charge(account, options)["id"])


def _refunds(account: Account, options: Options) -> None:
    account.store.remember(refunds.BECOME, _one_of(refunds.OUTCOMES, options["become"]))


def _refund_outcome(account: Account, options: Options) -> None:
    store, name = account.store, options["refund"]
    account.get("refund", name)
    is_failure = _one_of(OUTCOMES, options["outcome"]) == "failed"
    if options.get("after_seconds"):
        timer = refunds.FAIL_TIMER if is_failure else refunds.SUCCEED_TIMER
        store.schedule(timer, name, due_at=store.now() + float(options["after_seconds"]))
    elif is_failure:
        refunds.fail(account, name, reason=options.get("reason", "unknown"))
    else:
        refunds.succeed(account, name)


def _dispute(account: Account, options: Options) -> object:
    opening = {"formal": disputes.open_formal, "inquiry": disputes.open_inquiry}
    opened = opening[options.get("kind", "formal")](
        account,
        _charge(account, options),
        reason=options.get("reason", "fraudulent"),
        amount=options.get("amount"),
    )
    return shown(opened)


def _dispute_outcome(account: Account, options: Options) -> object:
    name, outcome = options["dispute"], options["outcome"]
    if outcome == "won":
        cents = int(options.get("fee_returned_cents", 0))
        return shown(disputes.win(account, name, fee_returned_cents=cents))
    acts = {
        "escalated": disputes.escalate,
        "lost": disputes.lose,
        "warning_closed": disputes.drop,
    }
    return shown(acts[outcome](account, name))


def _early_fraud_warning(account: Account, options: Options) -> object:
    fraud_type = options.get("fraud_type", fraud_warnings.MADE_WITH_STOLEN_CARD)
    charge = _charge(account, options)
    return shown(fraud_warnings.warn(account, charge, fraud_type=fraud_type))


def _review(account: Account, options: Options) -> object:
    return shown(reviews.ask(account, _charge(account, options)))


def _review_outcome(account: Account, options: Options) -> object:
    return shown(reviews.close(account, options["review"], reason=options["reason"]))


def _emit(account: Account, options: Options) -> None:
    """An event that the fake has no story for, about one of its objects or one that is given."""
    told = options["object"]
    body = account.store.find(told) if isinstance(told, str) else told
    if not isinstance(body, dict):
        raise LookupError(told)
    account.emit(str(options["event_type"]), body)


def _charge(account: Account, options: Options) -> Body:
    """By its own id or its payment intent's."""
    name = options["payment"]
    if name.startswith("pi_"):
        name = account.get("payment_intent", name)["latest_charge"] or name
    return account.get("charge", name)


def _one_of(allowed: tuple[str, ...], given: str) -> str:
    if given not in allowed:
        raise ValueError(f"{given!r} is none of {', '.join(allowed)}")
    return given


ACTS: Mapping[str, Act] = {
    "async_outcome": _async_outcome,
    "authenticate": _authenticate,
    "dispute": _dispute,
    "dispute_outcome": _dispute_outcome,
    "early_fraud_warning": _early_fraud_warning,
    "emit": _emit,
    "fee_known": _fee_known,
    "fees": _fees,
    "pay": _pay,
    "refund_outcome": _refund_outcome,
    "refunds": _refunds,
    "review": _review,
    "review_outcome": _review_outcome,
}
