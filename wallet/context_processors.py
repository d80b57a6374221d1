from functools import cache, partial

from django.http import HttpRequest

from wallet.balances import spendable_micros


def balance(request: HttpRequest) -> dict[str, object]:
    """`header_balance_micros`: templates that show it call it, all others cost no query; None for
    visitors."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"header_balance_micros": None}
    return {"header_balance_micros": cache(partial(spendable_micros, customer_id=user.pk))}
