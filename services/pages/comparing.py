"""Two services side by side: what differs first. The address says which two."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from services import catalogue
from services.facts import Fact, facts_of
from services.finding.asking import LONGEST_SEARCH
from services.models import Service
from wallet.money import read_number

FOUND = 8


@dataclass(frozen=True, slots=True)
class Line:
    """A fact of both; None where one of them has no such fact."""

    name: str
    first: Fact | None
    second: Fact | None

    @property
    def differs(self) -> bool:
        return self.first != self.second


@require_safe
def service_compare(request: HttpRequest) -> HttpResponse:
    """`?service=12&service=34`; with one of them a search for the other."""
    asked = [read_number(text) for text in request.GET.getlist("service")]
    numbers = list(dict.fromkeys(number for number in asked if number is not None))[:2]
    services = catalogue.read(numbers=numbers, customer_id=request.user.pk)
    words = request.GET.get("q", "")[:LONGEST_SEARCH]
    context: dict[str, object] = {
        "services": services,
        "words": words,
        "missing": len(numbers) - len(services),
        "is_cut": len(set(asked)) > len(numbers),
    }
    if len(services) == 2:
        lines = lines_of(*services)
        context["different"] = [line for line in lines if line.differs]
        context["same"] = [line for line in lines if not line.differs]
    else:
        context |= _search(request, words)
    return render(request, "services/service_compare.html", context)


def lines_of(first: Service, second: Service) -> list[Line]:
    """In the order of the first one's facts, then what only the second has."""
    of_first = {fact.name: fact for fact in facts_of(first)}
    of_second = {fact.name: fact for fact in facts_of(second)}
    names = dict.fromkeys([*of_first, *of_second])
    return [Line(name, of_first.get(name), of_second.get(name)) for name in names]


def _search(request: HttpRequest, words: str) -> dict[str, object]:
    found = catalogue.search(words=words, customer_id=request.user.pk)
    numbers = list(found.services.values_list("pk", flat=True)[:FOUND])
    choices = catalogue.read(numbers=numbers, customer_id=request.user.pk)
    return {"choices": choices, "is_guess": found.is_guess}
