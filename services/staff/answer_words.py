"""The words of the answer tester: what was found, why, and what follows for order and money."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.providers.dialect import ReportState

Words = str | Promise


class Verdict(StrEnum):
    """How a whole answer is classed; the first five are those of docs/forwarding.md."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    PAUSED = "paused"
    NOT_SENT = "not_sent"
    UNCERTAIN = "uncertain"
    READ = "read"
    UNREAD = "unread"


TITLES: Mapping[Verdict, Words] = {
    Verdict.ACCEPTED: _("Accepted"),
    Verdict.REFUSED: _("Refused for certain"),
    Verdict.PAUSED: _("Our account is refused"),
    Verdict.NOT_SENT: _("Turned away: too many calls"),
    Verdict.UNCERTAIN: _("Uncertain"),
    Verdict.READ: _("Read"),
    Verdict.UNREAD: _("Cannot be read"),
}
TONES: Mapping[Verdict, str] = {
    Verdict.ACCEPTED: "ok",
    Verdict.READ: "ok",
    Verdict.REFUSED: "warn",
    Verdict.NOT_SENT: "warn",
    Verdict.PAUSED: "bad",
    Verdict.UNCERTAIN: "bad",
    Verdict.UNREAD: "bad",
}

_PAUSES = _("The provider is paused until a person resumes it, and staff get a case.")
_NOTHING_LEARNT = _("No order changes and no money moves; the provider is asked again later.")

ADD_EFFECTS: Mapping[Verdict, tuple[Words, ...]] = {
    Verdict.ACCEPTED: (
        _("The order is followed under this number; a number given before is a doubt instead."),
        _("The customer's money stays where it is until reports say what was delivered."),
    ),
    Verdict.REFUSED: (
        _("Nothing was created there: the order goes to the next provider of its service."),
        _("With none left it is canceled, and every cent goes back to the customer."),
    ),
    Verdict.PAUSED: (
        _("Nothing was created there: the order stays in the queue, no money moves."),
        _PAUSES,
    ),
    Verdict.NOT_SENT: (
        _("Nothing was created there: the order stays in the queue and is sent again later."),
        _("No money moves."),
    ),
    Verdict.UNCERTAIN: (
        _("The order may exist there: it is never sent again by itself."),
        _("The money stays in escrow, neither spent nor paid back, and staff get a case."),
        _("What nobody decides within the time of the terms is paid back, at our loss."),
    ),
}
FOLLOW_UP_EFFECTS: Mapping[Verdict, tuple[Words, ...]] = {
    Verdict.ACCEPTED: (
        _("The request was taken. What becomes of it, later reports tell."),
        _("No money moves: a cancel pays back when a report says canceled or partial."),
    ),
    Verdict.REFUSED: (_("The request is declined. The order goes on, no money moves."),),
    Verdict.PAUSED: (_("The request is asked again later, no money moves."), _PAUSES),
    Verdict.NOT_SENT: (_("The request is asked again later, no money moves."),),
    Verdict.UNCERTAIN: (
        _("The request may have been taken: it is not sent again by itself, people decide."),
        _("No money moves."),
    ),
}
READING_EFFECTS: Mapping[Verdict, tuple[Words, ...]] = {
    Verdict.REFUSED: (_NOTHING_LEARNT,),
    Verdict.PAUSED: (_NOTHING_LEARNT, _PAUSES),
    Verdict.NOT_SENT: (_NOTHING_LEARNT,),
    Verdict.UNREAD: (_NOTHING_LEARNT,),
}

STATES: Mapping[ReportState | None, Words] = {
    ReportState.PENDING: _("It goes on. No money moves."),
    ReportState.IN_PROGRESS: _("It goes on. No money moves."),
    ReportState.PROCESSING: _("It goes on. No money moves."),
    ReportState.COMPLETED: _("It is completed. The whole charge is kept."),
    ReportState.PARTIAL: _("What remains is paid back, the rest of the charge is kept."),
    ReportState.CANCELED: _("The whole charge is paid back."),
    ReportState.FAILED: _("People look at it. Nothing is paid back by itself."),
    None: _("This word is not known: the order keeps its status, and after three times people"
            " are told. Add the word to the dialect."),
}  # fmt: skip
DOUBTFUL_REMAINS = _("Partial, but how much remains is no whole number: people look, no money.")
BY_REMAINS = _("What remains is paid back: this provider says canceled for partial.")
NO_REPORT = _("No report is never a cancellation: the order keeps its status, no money moves.")

UNREADABLE: Mapping[str, Words] = {
    "missing": _("Not in the answer."),
    "unknown_order": _("The provider does not know the number."),
    "unknown_refill": _("The provider does not know the number."),
    "error": _("A complaint instead of a report."),
    "no_status": _("No status."),
    "not_object": _("No report but something else."),
}

# Why an answer proves nothing: the reasons of OutcomeUnknown.
REASONS: Mapping[str, Words] = {
    "not_json": _("The body is no JSON text."),
    "malformed_json": _("The JSON names something twice, or holds what is no honest number."),
    "http_status": _("Only 2xx and 4xx are read; a number counts with 2xx alone."),
    "unexpected_shape": _("JSON, but not of the shape that this dialect has here."),
    "bad_id": _("No number of an order: digits, from 1, at most 19, under one of the names."),
    "contradictory": _("It names a number and complains as well."),
    "unknown_error_text": _("Its complaint is on no list of this dialect."),
    "duplicate_link": _("The text is on the list of links with a running order: only a hint."),
    "no_balance": _("No amount under the name of the balance."),
}
REJECTED: Mapping[str, Words] = {
    "not_object": _("no line of a list"),
    "bad_id": _("no number"),
    "duplicate_id": _("its number is there twice"),
    "bad_rate": _("no price, or no known unit"),
    "bad_limits": _("minimum and maximum"),
    "bad_name": _("no name"),
}
