"""GET /statement: what happened to a customer's money (WAL-08). What he has left is told by
`orders`, which knows what sandbox keys play with."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.rest.describing import operation
from accounts.rest.fields import Choice, Moment
from accounts.rest.paging import Page, PageAsked, page_answer, unknown_cursor
from accounts.rest.views import RestView, paged
from wallet import statement
from wallet.balances import Balances
from wallet.models import TransferKind
from wallet.rest.amounts import CURRENCY, Amount

KINDS = list(TransferKind.values)


class BalanceAnswer(serializers.Serializer):
    balance = Amount(source="spendable_micros", help_text="What an order may cost at most.")
    cash = Amount(source="cash_micros", help_text="The part that was paid in or came back.")
    bonus = Amount(source="bonus_micros", help_text="The part that was given.")
    currency = serializers.SerializerMethodField()

    def get_currency(self, balances: Balances) -> str:
        return CURRENCY


class LineAnswer(serializers.Serializer):
    """One movement of money."""

    id = serializers.IntegerField(source="transfer_id")
    at = Moment()
    kind = Choice(choices=KINDS)
    reference = serializers.CharField(help_text="What it was for: `order:17`, `deposit:3`.")
    description = serializers.CharField(source="words")
    is_bonus = serializers.BooleanField()
    amount = Amount(source="amount_micros", help_text="What left the balance is negative.")
    balance = Amount(source="balance_micros", help_text="After this line.")


class StatementAsked(PageAsked):
    kind = Choice(choices=KINDS, required=False, help_text="Lines of this kind.")
    since = Moment(required=False, help_text="From this time on.")
    until = Moment(required=False, help_text="Before this time.")


class StatementView(RestView):
    @operation("read_statement", query=StatementAsked, answers={200: page_answer(LineAnswer)})
    def get(self, request: Request) -> Response:
        """Every movement of your money, newest first, with the balance after it.

        A sandbox key moves none.
        """
        if self.caller.is_sandbox:
            return paged(Page([], None), LineAnswer)
        asked = self.query
        wanted = statement.Filter(
            kinds=(TransferKind(asked["kind"]),) if "kind" in asked else (),
            since=asked.get("since"),
            until=asked.get("until"),
        )
        try:
            page = statement.read_slice(
                customer_id=self.customer_id,
                wanted=wanted,
                below=asked.get("cursor", ""),
                size=asked["limit"],
            )
        except statement.UnknownCursor:
            raise unknown_cursor() from None
        return paged(Page(page.lines, page.below or None), LineAnswer)
