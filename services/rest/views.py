"""GET /services: what this customer may order, at his own prices (CAT-14; docs/prices.md)."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.http import has_kept
from accounts.rest.describing import operation
from accounts.rest.fields import Choice, Digits, FlagWord, Text
from accounts.rest.paging import PageAsked, lowest_first, page_answer
from accounts.rest.problems import Problem, Refusal
from accounts.rest.views import RestView, paged
from services import catalogue
from services.models import ServiceQuerySet
from services.rest.answers import ServiceAnswer
from services.types import ServiceType
from services.viewpoints import viewpoint_of

UNKNOWN_SERVICE = Problem("unknown_service", 404, "No service that you may order has this number.")
# Whoever kept the page asks whether it still holds; nobody else may keep it.
KEPT = {"Cache-Control": "private, no-cache", "Vary": "Authorization, X-Api-Key"}
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="The ETag that you have."
)
_FLAGS = ("can_refill", "can_cancel", "can_drip_feed", "is_free")


class ServicesAsked(PageAsked):
    platform = Digits(required=False, help_text="The platform's number.")
    category = Digits(required=False, help_text="The category's number.")
    type = Choice(choices=ServiceType.values, required=False)
    search = Text(
        required=False,
        max_length=200,
        help_text="Words of the name, the category or the platform; typing errors are forgiven.",
    )
    can_refill = FlagWord(required=False)
    can_cancel = FlagWord(required=False)
    can_drip_feed = FlagWord(required=False)
    is_free = FlagWord(required=False)


class ServicesView(RestView):
    @operation(
        "list_services",
        query=ServicesAsked,
        headers=[IF_NONE_MATCH],
        answers={200: page_answer(ServiceAnswer), 304: None},
    )
    def get(self, request: Request) -> Response:
        """What you may order, at your own prices.

        By rising number. The header ETag names the answer: sent back as If-None-Match it is
        answered with 304 and no body while nothing has changed.
        """
        headers = {**KEPT, "ETag": self._etag()}
        if has_kept(request, etag=headers["ETag"]):
            return Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
        page = lowest_first(self._services(), of="services", asked=self.query)
        return paged(page, ServiceAnswer, headers=headers)

    def _etag(self) -> str:
        """Everything that a page of services depends on. Weak: it may be sent packed."""
        seen = repr((viewpoint_of(self.customer_id), sorted(self.query.items())))
        return f'W/"{hashlib.sha256(seen.encode()).hexdigest()[:32]}"'

    def _services(self) -> ServiceQuerySet:
        asked = self.query
        services = catalogue.on_sale_for(self.customer_id).priced_for(self.customer_id)
        named = {"platform": "category__platform", "category": "category", "type": "type"}
        found = {column: asked[name] for name, column in named.items() if name in asked}
        found |= {name: asked[name] for name in _FLAGS if name in asked}
        services = services.filter(**found)
        if words := asked.get("search", "").strip():
            matching = catalogue.search(words=words, customer_id=self.customer_id).services
            services = services.filter(pk__in=matching.order_by().values("pk"))
        return services


class ServiceView(RestView):
    @operation("read_service", answers={200: ServiceAnswer}, refusals=[UNKNOWN_SERVICE])
    def get(self, request: Request, service_id: int) -> Response:
        """One service at your own price."""
        found = catalogue.read(numbers=[service_id], customer_id=self.customer_id)
        if not found:
            raise Refusal(UNKNOWN_SERVICE)
        return Response(ServiceAnswer(found[0]).data)
