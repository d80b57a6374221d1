from django import template

from orders.staff import words as staff_words

register = template.Library()
register.filter("staff_status", staff_words.status_words)
register.filter("staff_reason", staff_words.reason_words)
register.filter("staff_event", staff_words.event_words)
