"""The changes of the catalogue as an Atom feed, for whoever watches prices with a program."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from django.contrib.syndication.views import Feed
from django.urls import reverse, reverse_lazy
from django.utils import timezone
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from services.updates import reading
from services.updates.reading import Asked, Group
from services.updates.words import words_of

# Characters that XML cannot hold, in whatever somebody typed as a name.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class UpdateFeed(Feed[Group, None]):
    """One entry for each day, kind and platform: an import is one piece of news, not thousands."""

    feed_type = Atom1Feed
    title = gettext_lazy("Changes of the catalogue")
    subtitle = gettext_lazy("New services, services that are gone, and prices that changed")
    link = reverse_lazy("services:updates")

    def items(self) -> list[Group]:
        # Nobody's own days: what is public may be kept for others.
        with timezone.override(UTC):
            tomorrow = timezone.localdate() + timedelta(days=1)
            return reading.week(Asked(before=tomorrow)).groups

    def item_title(self, group: Group) -> str:
        kind = group.kind.label
        counted = ngettext("%(n)d service", "%(n)d services", group.count) % {"n": group.count}
        return _clean(f"{kind}: {counted}, {group.platform}")

    def item_description(self, group: Group) -> str:
        lines = [words_of(update) for update in group.named]
        if group.further:
            lines.append(_("and %(n)d more") % {"n": group.further})
        return _clean("; ".join(lines))

    def item_link(self, group: Group) -> str:
        return f"{reverse('services:service_list')}?platform={group.platform.pk}"

    def item_guid(self, group: Group) -> str:
        return f"urn:catalogue:{group.day:%Y-%m-%d}:{group.kind.value}:{group.platform.pk}"

    def item_updateddate(self, group: Group) -> datetime:
        return group.newest_at

    def item_pubdate(self, group: Group) -> datetime:
        return group.newest_at


def _clean(text: str) -> str:
    return _NO_XML.sub(" ", text)
