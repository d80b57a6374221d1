"""The page that explains API v2, rendered from the declarations that answer the calls."""

from __future__ import annotations

import json
import shlex

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from orders.api import errors
from orders.api.actions import OFFERED
from orders.api.declaring import Action
from orders.api.parameters import ACTION, KEY
from services.types import SPECS, ServiceType

KEY_SAMPLE = "YOUR_KEY"


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    address = settings.SITE_URL.rstrip("/") + reverse("api_v2")
    context = {
        "address": address,
        "key_names": ", ".join((KEY.name, *KEY.aliases)),
        "actions": [
            {
                "name": action.name,
                "about": action.about,
                "parameters": action.parameters,
                "command": command(action, address=address),
                "sample": json.dumps(action.sample, indent=2, ensure_ascii=False),
            }
            for action in OFFERED
        ],
        "types": [(type_.label, SPECS[type_]) for type_ in ServiceType],
        "problems": errors.explained(),
        "calls_per_minute": settings.API_RATE_PER_MINUTE,
    }
    return render(request, "orders/api_docs.html", context)


def command(action: Action, *, address: str) -> str:
    """A call as it is typed into a shell, one argument a line."""
    samples = {each.name: each.sample for each in action.parameters if each.sample}
    fields = {KEY.name: KEY_SAMPLE, ACTION.name: action.name} | samples
    sent = (f"-d {shlex.quote(f'{name}={value}')}" for name, value in fields.items())
    return " \\\n  ".join([f"curl {shlex.quote(address)}", *sent])
