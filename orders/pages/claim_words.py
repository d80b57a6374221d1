"""Claims and marks of support as lines of an order's story, for its customer."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from orders.ending.claim_decisions import Verdict
from orders.models import Claim, OrderEvent

_REVIEWS: Mapping[str, tuple[str | Promise, str]] = {
    "opened": (gettext_lazy("Our support looks into it: please do not change the target"), "warn"),
    "closed": (gettext_lazy("Our support has finished looking into it"), ""),
    "no_user_error": (gettext_lazy("No mistake in the order after all"), "ok"),
}


def words_of(event: OrderEvent, *, is_own: bool) -> tuple[str, str]:
    """The sentence and the tone of an event of the kinds CLAIM and REVIEW."""
    if event.kind == OrderEvent.Kind.CLAIM:
        return _claim(event.detail, is_own=is_own)
    what = str(event.detail.get("review", ""))
    if what == "user_error":
        reason = str(event.detail.get("reason", ""))
        return _("A mistake in the order was the cause: %(reason)s") % {"reason": reason}, "warn"
    words, tone = _REVIEWS.get(what, _REVIEWS["closed"])
    return str(words), tone


def _claim(detail: Mapping[str, object], *, is_own: bool) -> tuple[str, str]:
    kind = kind_words(str(detail.get("claim_kind", "")))
    state, verdict = detail.get("state"), str(detail.get("verdict", ""))
    if state == Claim.State.APPROVED:
        return _("The claim “%(kind)s” was approved") % {"kind": kind}, "ok"
    if state == Claim.State.DECLINED:
        facts = {"kind": kind, "reason": verdict_words(verdict)}
        return _("The claim “%(kind)s” was declined: %(reason)s") % facts, "bad"
    if is_own:
        return _("You claimed money back: %(kind)s") % {"kind": kind}, ""
    return _("A claim was opened: %(kind)s") % {"kind": kind}, ""


def kind_words(kind: str) -> str:
    return str(dict(Claim.Kind.choices).get(kind, kind))


def verdict_words(verdict: str) -> str:
    """Why a claim ended as it did; empty for a plain yes."""
    if verdict == "came_back":
        return _("The whole charge came back by itself")
    return str(dict(Verdict.choices).get(verdict, verdict))
