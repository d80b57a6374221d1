"""The answer tester: staff paste what a provider said and see what the panel would make of it."""

from __future__ import annotations

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.http import StaffRequest, posted, staff_page
from services.models import Provider
from services.staff.answer_forms import AnswerForm
from services.staff.answer_reading import read_answer


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("services.view_provider")
def answers(request: StaffRequest) -> HttpResponseBase:
    """Reads a pasted answer; nothing is stored and nothing is sent."""
    asked = {
        name: request.GET[name] for name in ("provider", "preset", "action") if name in request.GET
    }
    form = AnswerForm(posted(request), initial=asked)
    reading = read_answer(form.question()) if form.is_valid() else None
    provider: Provider | None = form.cleaned_data["provider"] if reading else None
    context = {"form": form, "reading": reading, "provider": provider}
    status = 422 if form.is_bound and reading is None else 200
    return render(request, "services/staff/answers.html", context, status=status)
