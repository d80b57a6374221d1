"""What a decision does, in words, before anybody presses: one sentence for each thing to know."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from wallet.models import Decision
from wallet.money import display
from wallet.pots import Pots, pots_of

Kind = Decision.Kind


def consequences(decision: Decision) -> list[str]:
    """What happens once it is carried out; nothing for kinds that explain themselves elsewhere."""
    words = _WORDS.get(Kind(decision.kind))
    return words(decision) if words else []


def who_decides(decision: Decision) -> str:
    if decision.needs_second:
        return _("A colleague of finance has to agree before anything moves.")
    return _("It is done at once.")


def _correction(decision: Decision) -> list[str]:
    amount = display(abs(decision.amount_micros))
    if decision.amount_micros > 0:
        return [
            _("%(amount)s is added to the balance.") % {"amount": amount},
            _("It can be spent. It cannot be paid out: no payment stands behind it."),
            _told(),
        ]
    return [
        _("%(amount)s is taken from the cash of the balance.") % {"amount": amount},
        _("If less is there at that moment, nothing is taken."),
        _told(),
    ]


def _goodwill(decision: Decision) -> list[str]:
    amount = display(decision.amount_micros)
    return [
        _("%(amount)s of bonus is added to the balance.") % {"amount": amount},
        _("Bonus is spent on orders and never paid out."),
        _told(),
    ]


def _forfeiture(decision: Decision) -> list[str]:
    pots = pots_of(customer_id=decision.customer_id)
    said = [
        _("All cash and all bonus go, what is on hold included: %(parts)s now.")
        % {"parts": _parts(pots)},
        _("Requests for money back end; only what has been sent already still leaves."),
        _("Orders that are placed go on. Until it is decided the customer can still spend."),
    ]
    if decision.details.get("terminate"):
        said.append(_("The account is terminated: sessions and API keys end at once."))
    said.append(_("The customer hears of it by mail afterwards, not before."))
    said.append(_("Only a decision of two people can undo it."))
    return said


def _undo(decision: Decision) -> list[str]:
    amount = display(decision.amount_micros)
    return [
        _("%(amount)s goes back to the balance: cash as cash, bonus as bonus.")
        % {"amount": amount},
        _("A terminated account stays so; that is changed on the person's own page."),
        _told(),
    ]


def _credit(decision: Decision) -> list[str]:
    return [
        _("%(amount)s is credited as top-up %(number)s, as if its own payment had come.")
        % {
            "amount": display(decision.amount_micros),
            "number": decision.details.get("deposit"),
        },
        _("The customer's debt is settled first, if there is any. He gets the receipt by mail."),
    ]


def _withdrawal(decision: Decision) -> list[str]:
    return [
        _("%(amount)s of the hold is sent back within a minute, less what is deducted.")
        % {"amount": display(decision.amount_micros)},
        _("Each part goes to the payment that it came from. Look at %(what)s first.")
        % {"what": decision.subject.replace(":", " ")},
        _("The bonus on hold is cancelled. The customer gets a mail when it is sent."),
    ]


def _other_way(decision: Decision) -> list[str]:
    return [
        _("%(amount)s of the balance is put on hold again, if it is still there.")
        % {"amount": display(decision.amount_micros)},
        _("A person sends it at the bank and says so on the page of the request."),
        _("Agree only if the note proves that it is the same person."),
    ]


def _bank_payment(decision: Decision) -> list[str]:
    return [
        _("%(amount)s is credited for %(subject)s, as number %(number)s of the bank.")
        % {
            "amount": display(decision.amount_micros),
            "subject": decision.subject.replace("deposit:", _("top-up ")),
            "number": decision.details.get("bank_number"),
        },
        _("A bonus that was kept for it is given with it. The customer gets the receipt by mail."),
        _("It cannot be taken back by a click: be sure that the money is in our account."),
    ]


def _told() -> str:
    return _("The customer gets a mail that names the amount and the reason, not your note.")


def _parts(pots: Pots) -> str:
    return _("%(cash)s cash and %(bonus)s bonus") % {
        "cash": display(pots.cash + pots.cash_hold),
        "bonus": display(pots.bonus + pots.bonus_hold),
    }


_WORDS: Mapping[Kind, Callable[[Decision], list[str]]] = {
    Kind.ADJUSTMENT: _correction,
    Kind.GOODWILL: _goodwill,
    Kind.FORFEITURE: _forfeiture,
    Kind.FORFEITURE_RETURN: _undo,
    Kind.CREDIT_PAYMENT: _credit,
    Kind.CONFIRM_DEPOSIT: _bank_payment,
    Kind.APPROVE_WITHDRAWAL: _withdrawal,
    Kind.PAY_BY_HAND: _other_way,
}
