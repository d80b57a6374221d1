from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from services import listing
from services.models import QualityLabel, Service


@require_safe
def glossary(request: HttpRequest) -> HttpResponse:
    """What the words mean that services are described with (CAT-04, CAT-05, CAT-06, CAT-11)."""
    windows = listing.windows_in_force(at=timezone.now())
    context = {
        "labels": QualityLabel.objects.all(),
        "deliveries": [
            (kind.value, kind.label, listing.disclosure(kind)) for kind in Service.Delivery
        ],
        "tiers": [
            (tier.value, tier.label, windows.get(tier)) for tier in Service.Tier if tier.value
        ],
    }
    return render(request, "services/glossary.html", context)
