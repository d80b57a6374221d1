from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from wallet.balances import spendable_micros


def balance(request: HttpRequest) -> dict[str, object]:
    """`header_balance_micros`, read only by pages that show it; None for visitors."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"header_balance_micros": None}
    return {
        "header_balance_micros": SimpleLazyObject(lambda: spendable_micros(customer_id=user.pk))
    }
