from django import template

from orders.models import Order
from orders.pages import lately

register = template.Library()


@register.simple_tag
def last_order(customer_id: int, service_id: int) -> Order | None:
    """The customer's newest order of a service, for the page of that service."""
    return lately.last_order_of(customer_id=customer_id, service_id=service_id)
