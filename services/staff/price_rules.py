"""Price rules: what makes list prices, each change shown before it is made."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.http import StaffRequest, client_ip, staff_page
from services.margins import changing, reading, repricing, rises, rules
from services.margins.effects import Changed, Effects
from services.margins.rules import Scope
from services.models import PriceRule, Service
from services.staff.price_effects import preview_of
from services.staff.price_rule_forms import NewRuleForm, RuleForm


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule and how many services it makes the price of."""

    rule: PriceRule
    scope: Scope
    services: int


@require_safe
@staff_page("services.view_pricerule")
def price_rules(request: StaffRequest) -> HttpResponseBase:
    found = repricing.today(at=timezone.now())
    paid = reading.read(Service.objects.filter(is_free=False))
    winners = Counter(found.book.winner(row) for row in paid if row.is_by_rule)
    order = list(Scope)
    rows = [RuleRow(rule, rules.place_of(rule)[0], winners[rule]) for rule in _rules()]
    context = {
        "rows": sorted(rows, key=lambda row: (order.index(row.scope), row.rule.pk)),
        "without_rule": winners[None],
        "without_rate": sum(row.offer_id is not None and found.floor(row) is None for row in paid),
        "by_hand": sum(not row.is_by_rule for row in paid),
        "waiting": rises.waiting().count(),
    }
    return render(request, "services/staff/price_rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("services.add_pricerule")
def price_rule_new(request: StaffRequest) -> HttpResponseBase:
    form = NewRuleForm(request.POST) if request.method == "POST" else NewRuleForm()
    return _edit(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("services.change_pricerule")
def price_rule(request: StaffRequest, rule_id: int) -> HttpResponseBase:
    kept = get_object_or_404(_rules(), pk=rule_id)
    data = request.POST if request.method == "POST" else None
    return _edit(request, RuleForm(data, kept=kept))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page("services.delete_pricerule")
def price_rule_delete(request: StaffRequest, rule_id: int) -> HttpResponseBase:
    rule, now = get_object_or_404(_rules(), pk=rule_id), timezone.now()
    is_stale = False
    if request.method == "POST":
        try:
            done = changing.remove_rule(
                rule=rule,
                digest=request.POST.get("digest", ""),
                actor=request.user,
                ip=client_ip(request),
                at=now,
            )
            return _finished(request, done)
        except Changed:
            is_stale = True
    context = {
        "rule": rule,
        "preview": preview_of(changing.plan_removal(rule=rule, at=now), page=None, at=now),
        "is_stale": is_stale,
    }
    template = "services/staff/price_rule_delete.html"
    return render(request, template, context, status=422 if is_stale else 200)


def _edit(request: StaffRequest, form: RuleForm) -> HttpResponseBase:
    """The form; then what it would do; then done, if that is still what it does."""
    if request.method != "POST":
        return _form(request, form)
    if not form.is_valid():
        return _form(request, form, status=422)
    if request.POST.get("act") == "back":
        return _form(request, form)
    rule, now, is_stale = form.rule(), timezone.now(), False
    if request.POST.get("act") == "do":
        try:
            done = changing.save_rule(
                rule=rule,
                digest=request.POST.get("digest", ""),
                actor=request.user,
                ip=client_ip(request),
                at=now,
            )
            return _finished(request, done)
        except Changed:
            is_stale = True
    context = {
        "form": form,
        "rule": rule,
        "preview": preview_of(changing.plan_rule(rule=rule, at=now), page=None, at=now),
        "is_stale": is_stale,
    }
    template = "services/staff/price_rule_check.html"
    return render(request, template, context, status=422 if is_stale else 200)


def _form(request: StaffRequest, form: RuleForm, *, status: int = 200) -> HttpResponseBase:
    context = {"form": form, "rule": form.kept}
    return render(request, "services/staff/price_rule.html", context, status=status)


def _finished(request: StaffRequest, done: Effects) -> HttpResponseBase:
    text = _("Done: %(number)d prices are new.")
    messages.success(request, text % {"number": done.up + done.down})
    return redirect("staff_services:price_rules")


def _rules() -> QuerySet[PriceRule]:
    return PriceRule.objects.select_related("provider", "platform", "category__platform", "service")
