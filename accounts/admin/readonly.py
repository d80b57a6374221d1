from functools import cached_property
from typing import Any, TypeVar

from django.contrib import admin
from django.contrib.admin.utils import flatten
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms import Media
from django.http import HttpRequest

M = TypeVar("M", bound=Model)
C = TypeVar("C", bound=Model)
P = TypeVar("P", bound=Model)


class CappedPaginator(Paginator[Any]):
    """Counts no further than anybody pages: a list of millions opens like a short one."""

    most = 5000

    @cached_property
    def count(self) -> int:
        seen = self.object_list[: self.most]
        return seen.count() if isinstance(seen, QuerySet) else len(seen)


class ReadOnlyAdmin(admin.ModelAdmin[M]):
    """Rows that are looked at, never typed in, by anybody. Most of them grow for ever."""

    paginator = CappedPaginator
    show_full_result_count = False

    @property
    def media(self) -> Media:
        """The admin's scripts are all about typing."""
        return Media()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: M | None = None) -> bool:
        return False


class ReadOnlyInline(admin.TabularInline[C, P]):
    """Rows of a parent, looked at beside it. `fields` are all that is read; none is a form's."""

    extra = 0
    can_delete = False
    show_change_link = False

    @property
    def media(self) -> Media:
        return Media()

    def get_readonly_fields(self, request: HttpRequest, obj: P | None = None) -> tuple[str, ...]:
        return tuple(flatten(self.fields or ()))

    def has_add_permission(self, request: HttpRequest, obj: P | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: P | None = None) -> bool:
        return False
