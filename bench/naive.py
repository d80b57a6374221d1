"""An order as most panels take one, and a view that only says hello, both in the panel itself.

The twin follows the same rules as `add` and leaves out one (the cap on running orders, which it
would count for each); it reads, locks and writes what they need as objects, one after the other.
Both views are addresses for programs, so they are reached past all that is for browsers, and carry
the headers and log lines of every answer, as `add` does.
"""

from __future__ import annotations

from datetime import datetime

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from accounts import api_keys
from accounts.http import client_ip
from accounts.models import ApiCall, ApiKey, KillSwitch, User
from legal.models import Publication
from orders.models import RUNNING, BlockedTerm, Order, OrderEvent, Status
from orders.placing.notices import kept_of
from orders.placing.screening import found_terms
from services import links
from services.models import CustomPrice, Service
from services.pricing import charge_of
from wallet.models import Account, Transfer


@csrf_exempt
def hello(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("Hello, world", content_type="text/plain")


@csrf_exempt
def add(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    digest = api_keys.digest_of(request.POST["key"])
    key = ApiKey.objects.live(at=now).select_related("user").get(digest=digest)
    for bucket in (f"ip {client_ip(request)}", f"account {key.user_id}"):
        cache.add(bucket, 0, 60)
        cache.incr(bucket)
    answer = _order(request, key.user, now)
    ApiCall.objects.create(
        user=key.user,
        key_prefix=key.prefix,
        api=ApiCall.Api.V2,
        action="add",
        http_status=200,
        ip=client_ip(request),
        took_ms=0,
        at=now,
    )
    return JsonResponse(answer)


def _order(request: HttpRequest, person: User, now: datetime) -> dict[str, object]:
    if KillSwitch.objects.filter(part__in=["api", "orders"]).exists():
        return {"error": "Orders are switched off"}
    publication = Publication.objects.in_force(at=now).select_related(None)[0]
    services = Service.objects.select_related("provider_service__provider", "quality")
    service = services.get(pk=request.POST["service"], is_active=True)
    link = links.canonical(request.POST["link"])
    terms = tuple(f"{term.kind}:{term.text}" for term in BlockedTerm.objects.order_by("pk"))
    mine = Order.objects.filter(customer=person)
    if mine.filter(link_key=link.key, service=service, status__in=RUNNING).exists():
        return {"error": "There is a running order on this link"}
    if found_terms(terms=terms, texts=[link.url]):
        return {"error": "This link is held"}
    own = CustomPrice.objects.filter(customer=person, service=service).first()
    rate_micros = own.rate_micros if own else service.rate_micros
    quantity = int(request.POST["quantity"])
    charge = charge_of(
        type_name=service.type, rate_micros=rate_micros, quantity=quantity, runs=None
    )
    order = Order(
        customer=person,
        service=service,
        publication=publication,
        channel=Order.Channel.API,
        link=link.url,
        link_key=link.key,
        quantity=quantity,
        parameters={},
        snapshot=service.snapshot() | kept_of(service),
        rate_micros=rate_micros,
        charge_micros=charge,
        status=Status.QUEUED,
        offer=service.provider_service,
        not_before=now,
        confirmed_at=now,
        created_at=now,
    )
    return _charged(order, now)


def _charged(order: Order, now: datetime) -> dict[str, object]:
    with transaction.atomic():
        purse = Account.objects.select_for_update()
        cash = purse.get(owner=order.customer, kind="cash", label="")
        if cash.balance_micros < order.charge_micros:
            return {"error": "Not enough funds on balance"}
        order.save()
        OrderEvent.objects.create(
            order=order, kind="placed", detail={"channel": "api"}, actor=order.customer, at=now
        )
        Transfer.objects.create(
            debit_account=cash,
            credit_account=Account.objects.get(owner=None, kind="escrow", label=""),
            amount_micros=order.charge_micros,
            kind="order_charge",
            key=f"{order.reference}:charge",
            reference=order.reference,
            created_at=now,
        )
    return {"order": order.pk}


urlpatterns = [
    path("api/hello", hello),
    path("api/naive", add),
    path("", include("smmpanel.urls")),
]
