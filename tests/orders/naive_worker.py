"""What open panels do: send what is not marked as sent, mark it afterwards. For the twin test."""

import django

django.setup()

from orders.models import Order, Status  # noqa: E402 - after setup
from services.endpoints import endpoint_of  # noqa: E402
from services.models import Provider  # noqa: E402
from services.providers import client  # noqa: E402


def main() -> None:
    waiting = Order.objects.filter(status=Status.QUEUED, external_id=None).order_by("pk")
    for order in waiting:
        fields = {"link": order.link, "quantity": str(order.quantity)}
        provider = Provider.objects.get(offers=order.offer_id)
        number = client.add(endpoint_of(provider), service="103", fields=fields)
        Order.objects.filter(pk=order.pk).update(external_id=number)


if __name__ == "__main__":
    main()
