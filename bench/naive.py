"""An order as most panels take one: rows are read, locked and written one after the other.

Correct, and nothing else: no terms, no limits, no screening, no snapshot beyond the name. It is
measured beside ours on the same web server, without middleware; so is a page that says hello.
"""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone

from accounts import api_keys
from accounts.models import ApiKey
from legal.models import Publication
from orders.models import Order, OrderEvent, Status
from services.models import Service
from services.pricing import charge_of
from wallet.models import Account, Transfer


def hello(_request: HttpRequest) -> HttpResponse:
    # Named, so that the server need not send it in chunks.
    return HttpResponse("Hello, world", content_type="text/plain", headers={"Content-Length": 12})


def add(request: HttpRequest) -> HttpResponse:
    answer = JsonResponse(_add(request))
    answer["Content-Length"] = len(answer.content)
    return answer


def _add(request: HttpRequest) -> dict[str, object]:
    now = timezone.now()
    digest = api_keys.digest_of(request.POST["key"])
    key = ApiKey.objects.live(at=now).select_related("user").get(digest=digest)
    service = Service.objects.get(pk=request.POST["service"], is_active=True)
    quantity = int(request.POST["quantity"])
    charge = charge_of(
        type_name=service.type, rate_micros=service.rate_micros, quantity=quantity, runs=None
    )
    with transaction.atomic():
        cash = Account.objects.select_for_update().get(owner_id=key.user_id, kind="cash", label="")
        if cash.balance_micros < charge:
            return {"error": "Not enough funds on balance"}
        order = Order.objects.create(
            customer_id=key.user_id,
            service=service,
            publication=Publication.objects.latest("pk"),
            channel=Order.Channel.API,
            link=request.POST["link"],
            link_key=request.POST["link"],
            quantity=quantity,
            parameters={},
            snapshot={"name": service.name, "rate_micros": service.rate_micros},
            rate_micros=service.rate_micros,
            charge_micros=charge,
            status=Status.QUEUED,
            offer_id=service.provider_service_id,
            not_before=now,
            confirmed_at=now,
            created_at=now,
        )
        OrderEvent.objects.create(
            order=order, kind="placed", detail={"channel": "api"}, actor_id=key.user_id, at=now
        )
        Transfer.objects.create(
            debit_account=cash,
            credit_account=Account.objects.get(owner=None, kind="escrow", label=""),
            amount_micros=charge,
            kind="order_charge",
            key=f"{order.reference}:charge",
            reference=order.reference,
            created_at=now,
        )
    return {"order": order.pk}


urlpatterns = [path("hello", hello), path("add", add)]
