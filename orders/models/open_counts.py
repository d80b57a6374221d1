"""How many orders of a customer may be running; kept by orders/sql/place_orders.sql."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class OpenCount(models.Model):
    """A number that the customer's running orders never exceed. Placing raises it; it is lowered by
    counting them, once it has reached the cap (ORD-15). So ends of orders need not touch it."""

    customer = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    at_most = models.PositiveIntegerField()

    class Meta:
        verbose_name = "bound on running orders"
        verbose_name_plural = "bounds on running orders"

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.at_most}"
