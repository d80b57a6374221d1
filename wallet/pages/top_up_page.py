"""What the form of a top-up shows beside its fields: the sum, and why it cannot be had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from accounts import switches
from accounts.http import CustomerRequest
from accounts.models import KillSwitch, User
from legal import acceptance
from legal.models import Acceptance, DocumentVersion, Publication
from wallet.balances import balances_of
from wallet.pages.forms import SHOW, USUAL_PRESET, TopUpForm
from wallet.topups import caps, promotions

_FROM_ADDRESS = ("preset", "amount", "gateway", "code")


@dataclass(frozen=True, slots=True)
class Sum:
    """What would be paid and had, in micros; no gateway here charges the customer a fee."""

    pay_micros: int
    bonus_micros: int
    bonus_name: str
    now_micros: int

    @property
    def get_micros(self) -> int:
        return self.pay_micros + self.bonus_micros

    @property
    def after_micros(self) -> int:
        return self.now_micros + self.get_micros


def as_asked(request: CustomerRequest) -> dict[str, object]:
    """The form as the address fills it; nothing in it is refused before it is sent."""
    asked = {name: request.GET[name] for name in _FROM_ADDRESS if name in request.GET}
    if "preset" not in asked and "amount" not in asked:
        asked["preset"] = USUAL_PRESET
    form = TopUpForm(initial=asked, versions=versions_for(request.user))
    return _page(request, form, preview=TopUpForm(asked))


def as_sent(request: CustomerRequest, form: TopUpForm) -> dict[str, object]:
    """The form as it was sent, with what is wrong in it, and the sum if there is one."""
    return _page(request, form, preview=form)


def versions_for(user: User) -> list[DocumentVersion]:
    """The documents that this customer accepts with the next payment (LEG-06, LEG-07)."""
    publication = Publication.objects.in_force(at=timezone.now()).first()
    if publication is None:
        return []
    return acceptance.missing_at(user=user, point=Acceptance.Point.PAYMENT, publication=publication)


def check_sum(form: TopUpForm, *, customer_id: int, at: datetime) -> Sum | None:
    """The sum of a bound form; what speaks against it becomes an error beside its field."""
    form.is_valid()
    amount_micros = form.cleaned_data.get("amount_micros")
    if amount_micros is None or not _has_readable_sum(form):
        return None
    if refusal := caps.refusal(customer_id=customer_id, amount_micros=amount_micros, at=at):
        form.add_error("amount", refusal)
        return None
    try:
        offer = promotions.offer_for(
            customer_id=customer_id,
            amount_micros=amount_micros,
            code=form.cleaned_data.get("code", ""),
            at=at,
        )
    except promotions.CodeRefused as refused:
        form.add_error("code", refused.message)
        return None
    return Sum(
        pay_micros=amount_micros,
        bonus_micros=offer.bonus_micros if offer else 0,
        bonus_name=offer.name if offer else "",
        now_micros=balances_of(customer_id=customer_id).spendable_micros,
    )


def _has_readable_sum(form: TopUpForm) -> bool:
    return not any(name in form.errors for name in ("preset", "amount", "gateway", "code"))


def _page(request: CustomerRequest, form: TopUpForm, *, preview: TopUpForm) -> dict[str, object]:
    now = timezone.now()
    return {
        "form": form,
        "sum": check_sum(preview, customer_id=request.user.pk, at=now),
        "problem": next((words[0] for words in preview.errors.values()), ""),
        # Without JavaScript a sum is shown once the form was sent: else it could be an old one.
        "was_sent": form.is_bound,
        "show": SHOW,
        "switched_off": switches.reason_off(KillSwitch.Part.TOP_UPS),
    }
