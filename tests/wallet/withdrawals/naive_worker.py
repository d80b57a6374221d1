"""What a careless panel does: refund what is not marked as sent, with a new key each time, and mark
it afterwards. For the twin of the kill test."""

from uuid import uuid4

import django

django.setup()

from wallet.gateways.stripe.client import api  # noqa: E402 - after setup
from wallet.models import Payout  # noqa: E402


def main() -> None:
    for payout in Payout.objects.filter(state=Payout.State.APPROVED).select_related("deposit"):
        made = api().refunds.create(
            {"charge": payout.deposit.charge_id, "amount": payout.amount_micros // 20_000},
            {"idempotency_key": uuid4().hex},
        )
        Payout.objects.filter(pk=payout.pk).update(state=Payout.State.SENT, refund_id=made.id)


if __name__ == "__main__":
    main()
