"""What customers and staff write. A text is kept to the letter, so nothing is stripped from it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import Order
from orders.plans.running import running_plans
from tickets.models import Ticket
from wallet.money import read_number

LONGEST_TEXT = 10_000
RECENT_ORDERS = 25
HINTS = {
    Ticket.Topic.ORDER: _("What did you expect, and what do you see? We have the order's numbers."),
    Ticket.Topic.PLAN: _(
        "Canceled at once; the answer says until when it runs. Add why, if you like."
    ),
    Ticket.Topic.PAYMENT: _("Name the day and the amount. Never send card numbers or passwords."),
    Ticket.Topic.API: _("Name the action and the time of the call. Leave your API key out."),
    Ticket.Topic.PRIVACY: _("Say what you want to see, correct or have deleted."),
}
USUAL_HINT = _("The more exactly you say what happened and when, the sooner we can help.")


def validate_says_something(text: str) -> None:
    if not text.strip():
        raise ValidationError(_("Write a few words."))


def validate_one_line(text: str) -> None:
    """A subject stands in lists and mails: line breaks and control characters have no place."""
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in text):
        raise ValidationError(_("Use one line of plain text."))


class Words(forms.CharField):
    """A message in a person's own words."""

    widget = forms.Textarea
    default_validators = [validate_says_something]


class TicketForm(forms.Form):
    """A new ticket: its topic comes first, an order is picked from the customer's own (ORD-16)."""

    topic = forms.ChoiceField(
        label=_("What is it about?"),
        choices=Ticket.Topic.choices,
        widget=forms.RadioSelect(attrs={"class": "choices"}),
    )
    order = forms.ChoiceField(
        label=_("Which order?"),
        required=False,
        error_messages={"invalid_choice": _("Choose one of your own orders.")},
    )
    plan = forms.ChoiceField(
        label=_("What do you want to cancel?"),
        required=False,
        help_text=_("With the topic “Cancel a subscription or monthly order”."),
        error_messages={"invalid_choice": _("Choose one of your own that is still running.")},
    )
    subject = forms.CharField(label=_("Subject"), max_length=120, validators=[validate_one_line])
    text = Words(label=_("Message"), max_length=LONGEST_TEXT, strip=False)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        customer: User,
        initial: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        chosen = read_number(self["order"].value())
        self.orders = own_orders(customer, chosen=chosen)
        self.plans = running_plans(customer_id=customer.pk)
        self._offer_orders()
        self._offer_plans()
        if chosen in self.orders:
            self.initial.setdefault("topic", Ticket.Topic.ORDER.value)
            subject = gettext("Order %(number)s") % {"number": chosen}
            self.initial.setdefault("subject", subject)
        self.fields["text"].help_text = HINTS.get(self["topic"].value(), USUAL_HINT)

    def _offer_orders(self) -> None:
        order = cast("forms.ChoiceField", self.fields["order"])
        topic = cast("forms.ChoiceField", self.fields["topic"])
        order.choices = [("", gettext("No order")), *map(_choice, self.orders.values())]
        topic.choices = self._topics()

    def _offer_plans(self) -> None:
        plan = cast("forms.ChoiceField", self.fields["plan"])
        plan.choices = [("", gettext("Nothing")), *((one.name, one.words) for one in self.plans)]

    def _topics(self) -> list[tuple[str, str]]:
        """Without the ones that ask for something which the customer does not have."""
        left_out = set() if self.orders else {Ticket.Topic.ORDER}
        if not self.plans:
            left_out.add(Ticket.Topic.PLAN)
        choices = ((value, str(label)) for value, label in Ticket.Topic.choices)
        return [choice for choice in choices if choice[0] not in left_out]

    def clean_order(self) -> Order | None:
        chosen: str = self.cleaned_data["order"]
        return self.orders[int(chosen)] if chosen else None

    def clean(self) -> None:
        about = self.cleaned_data.get("topic")
        if about == Ticket.Topic.ORDER and self.cleaned_data.get("order", about) is None:
            self.add_error("order", gettext("Choose the order this is about."))
        if about == Ticket.Topic.PLAN and not self.cleaned_data.get("plan", about):
            self.add_error("plan", gettext("Choose what you want to cancel."))


class ReplyForm(forms.Form):
    text = Words(label=_("Your reply"), max_length=LONGEST_TEXT, strip=False)


class SeenForm(forms.Form):
    """What a member of staff had on the screen: the number of the newest message."""

    seen = forms.CharField(
        widget=forms.HiddenInput, validators=[RegexValidator(r"\A[0-9]{1,18}\Z")]
    )

    def clean_seen(self) -> int:
        return int(self.cleaned_data["seen"])


class AnswerForm(SeenForm):
    text = Words(label=_("Your answer"), max_length=LONGEST_TEXT, strip=False)


def own_orders(customer: User, *, chosen: int | None) -> dict[int, Order]:
    """The customer's newest orders by number, and the chosen one if it is his."""
    mine = Order.objects.visible_to(customer.pk).only("snapshot", "status", "customer_id")
    orders = {order.pk: order for order in mine.order_by("-pk")[:RECENT_ORDERS]}
    if chosen is not None and chosen not in orders:
        orders.update({order.pk: order for order in mine.filter(pk=chosen)})
    return orders


def _choice(order: Order) -> tuple[str, str]:
    service = order.snapshot.get("name", "")
    return str(order.pk), f"{order.pk} · {service} · {order.get_status_display()}"


class CompromisedForm(forms.Form):
    """Nothing has to be said to be heard."""

    note = forms.CharField(
        label=_("What did you notice?"),
        required=False,
        max_length=2000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("An order or a log-in that was not yours, a key that was published…"),
    )
