"""What a provider should have taken for an attempt, to tell one lost order from another."""

from __future__ import annotations

from orders.models import Submission
from services.models import ProviderService
from services.pricing import charge_of
from services.providers.reports import Report
from wallet.currencies import LEDGER_CURRENCY
from wallet.money import MICROS_PER_UNIT

# Providers round, some to the cent; two orders closer than that are not told apart by price.
TOLERANCE_PERCENT = 1


def expected_micros(submission: Submission) -> int | None:
    """Micros at the provider's listed price; None where nobody can say: another currency, a price
    that is not listed any more, or a type that is charged as it goes. Needs order and provider."""
    if not _is_ours(submission.provider.currency):
        return None
    offer = ProviderService.objects.filter(
        provider=submission.provider_id, external_id=submission.provider_service_id
    ).first()
    if offer is None:
        return None
    order = submission.order
    runs = order.runs if order.role == order.Role.SINGLE else None
    micros = charge_of(
        type_name=str(order.snapshot["type"]),
        rate_micros=offer.cost_micros,
        quantity=order.quantity,
        runs=runs,
    )
    return micros or None


def charged_micros(report: Report) -> int | None:
    """What the provider says it took, or None where it does not say so in dollars."""
    if report.charge is None or not _is_ours(report.currency or LEDGER_CURRENCY):
        return None
    return int(report.charge * MICROS_PER_UNIT)


def fits(*, charged: int | None, expected: int | None) -> bool:
    """Whether two amounts are the same but for rounding. What is not known fits nothing."""
    if charged is None or expected is None:
        return False
    return abs(charged - expected) * 100 <= expected * TOLERANCE_PERCENT


def _is_ours(currency: str) -> bool:
    return currency.lower() == LEDGER_CURRENCY
