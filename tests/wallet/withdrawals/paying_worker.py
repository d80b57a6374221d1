"""A worker that sends what is due, over and over, until it is killed. For the kill test."""

import itertools
import sys
import time

import django

django.setup()

from datetime import timedelta  # noqa: E402

from django.utils import timezone  # noqa: E402 - after setup

from wallet.models import Payout  # noqa: E402
from wallet.payouts import sending as paying_out  # noqa: E402


def main() -> None:
    """The argument says how many minutes later than now it is: pauses need not be waited for."""
    later = timedelta(minutes=int(sys.argv[1]))
    for _round in itertools.count():
        at = timezone.now() + later
        for payout_id in Payout.objects.due(at=at).values_list("pk", flat=True):
            paying_out.pay(payout_id=payout_id, at=at)
        time.sleep(0.01)


if __name__ == "__main__":
    main()
