"""The list of links inside a `nav`."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import User
from smmpanel.navigation import NAVS, Link, nearest

register = template.Library()


@register.inclusion_tag("_nav_links.html", takes_context=True)
def nav_links(context: template.Context, name: str) -> dict[str, object]:
    """Those of `NAVS` that the person may follow; the page's own section is marked."""
    request: HttpRequest = context["request"]
    links = [link for link in NAVS[name] if _may(context["user"], link)]
    here = nearest(links, request.path)
    return {"links": [(link, *_marked(link, here, request.path)) for link in links]}


def _marked(link: Link, here: Link | None, path: str) -> tuple[str, str]:
    """Its address, and the value of aria-current: this page, or the section that it is in."""
    address = reverse(link.to)
    if link is not here:
        return address, ""
    return address, "page" if path == address else "true"


def _may(person: User | AnonymousUser, link: Link) -> bool:
    return not link.needs or person.has_perm(link.needs)
