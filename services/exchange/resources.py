"""Services and prices as rows of a file: which columns there are and what they mean.

The library reads, compares and validates; what it found is shown and then written by `applying`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import NON_FIELD_ERRORS, ObjectDoesNotExist, ValidationError
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from import_export import resources
from import_export.fields import Field
from import_export.instance_loaders import CachedInstanceLoader
from import_export.widgets import ForeignKeyWidget

from services.exchange import constraints, widgets
from services.models import CustomPrice, Service
from wallet.money import display
from wallet.spreadsheets import cell_text

PricedBy = Service.PricedBy

_RELATED = ("category__platform", "quality", "provider_service__provider")


class UnknownRow(ValueError):
    """A row of the file names nothing that exists."""


class _Choice(widgets.TextWidget):
    """One of the values that a column of the table may have."""

    def __init__(self, choices: Mapping[str, Any]) -> None:
        super().__init__()
        self.allowed = choices

    def clean(self, value: Any, row: Any = None, **options: Any) -> str:
        text = super().clean(value, row).strip()
        if text not in self.allowed:
            allowed = ", ".join(filter(None, self.allowed))
            raise ValidationError(_("Write one of: %(allowed)s.") % {"allowed": allowed})
        return text


class _KnownRow(ForeignKeyWidget):
    """A row of a large table by one of its columns; each is looked for once."""

    def __init__(self, model: Any, field: str, unknown: str | Promise) -> None:
        super().__init__(model, field)
        self.unknown = unknown
        self.seen: dict[str, Any] = {}

    def clean(self, value: Any, row: Any = None, **options: Any) -> Any:
        text = cell_text(str(value or "")).strip().lower()
        if text not in self.seen:
            try:
                self.seen[text] = super().clean(text, row, **options)
            except (ObjectDoesNotExist, ValueError) as error:
                raise UnknownRow(str(self.unknown) % {"value": text[:60]}) from error
        return self.seen[text]


def _column(attribute: str, widget: Any, name: str = "") -> Field:
    return Field(attribute=attribute, column_name=name or attribute, widget=widget)


def _is_below_cost(service: Service) -> bool:
    floor = service.floor_micros
    is_refused = service.below_cost == Service.BelowCost.REFUSE
    return is_refused and floor is not None and service.rate_micros < floor


class _NumberKey(widgets.WholeWidget):
    """The number of a row; -1, which no row has, for what is no number."""

    def clean(self, value: Any, row: Any = None, **options: Any) -> int | None:
        try:
            return super().clean(value, row, **options)
        except ValidationError:
            return -1


class _Rows(resources.ModelResource):
    """Reads and compares; whoever called looks at what was found, and writes."""

    def save_instance(self, instance: Any, is_create: bool, row: Any, **_options: Any) -> None:
        pass

    def delete_instance(self, instance: Any, row: Any, **_options: Any) -> None:
        pass

    class Meta:
        abstract = True


class _ServiceRows(_Rows):
    """What is common to files in which each row is a service that exists."""

    # The price of the row that is being read, before the file's own is put in.
    _rate_before = 0

    number = _column("id", _NumberKey(), "service")

    class Meta:
        abstract = True

    def get_queryset(self) -> QuerySet[Service]:
        return Service.objects.select_related(*_RELATED).order_by("id")

    def before_import_row(self, row: Mapping[str, Any], **_options: Any) -> None:
        if not str(row.get("service") or "").strip():
            raise UnknownRow(_("Each row needs the number of its service."))

    def after_init_instance(self, instance: Service, new: bool, row: Any, **_options: Any) -> None:
        if new:
            words = _("There is no service %(number)s.")
            raise UnknownRow(words % {"number": str(row["service"])[:20]})
        self._rate_before = instance.rate_micros

    def validate_instance(
        self, instance: Service, import_validation_errors: Any = None, validate_unique: bool = True
    ) -> None:
        """As the form does, but for keys: a widget found those rows a moment ago."""
        errors = dict(import_validation_errors or {})
        keys = {"category", "quality", "provider_service"}
        try:
            instance.full_clean(
                exclude={*errors, *keys}, validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            errors = error.update_error_dict(errors)
        if not errors and (messages := [*constraints.broken(instance), *self._price(instance)]):
            errors[NON_FIELD_ERRORS] = messages
        if errors:
            raise ValidationError(errors)

    def _price(self, instance: Service) -> Iterator[str]:
        """What speaks against a price that the file has changed."""
        if instance.rate_micros == self._rate_before:
            return
        if instance.priced_by == PricedBy.RULE:
            yield _("The rules make this price: write hand in the column priced_by first.")
        elif _is_below_cost(instance):
            words = _("This is below its cost of %(cost)s, which is refused for it.")
            yield words % {"cost": display(instance.floor_micros or 0)}


class ServiceFile(_ServiceRows):
    """Everything that an operator decides about a service."""

    category = _column("category", widgets.CategoryWidget())
    name = _column("name", widgets.TextWidget())
    description = _column("description", widgets.TextWidget())
    provider_service = _column("provider_service", widgets.OfferWidget(), "provider")
    delivery = _column("delivery", _Choice(dict(Service.Delivery.choices)))
    quality = _column("quality", widgets.QualityWidget())
    tier = _column("tier", _Choice(dict(Service.Tier.choices)))
    priced_by = _column("priced_by", _Choice(dict(Service.PricedBy.choices)))
    rate_micros = _column("rate_micros", widgets.AmountWidget(), "rate")
    below_cost = _column("below_cost", _Choice(dict(Service.BelowCost.choices)))
    min_quantity = _column("min_quantity", widgets.WholeWidget(), "min")
    max_quantity = _column("max_quantity", widgets.WholeWidget(), "max")
    can_refill = _column("can_refill", widgets.YesNoWidget(), "refill")
    refill_days = _column("refill_days", widgets.WholeWidget())
    can_cancel = _column("can_cancel", widgets.YesNoWidget(), "cancel")
    can_drip_feed = _column("can_drip_feed", widgets.YesNoWidget(), "drip_feed")
    blocked_countries = _column("blocked_countries", widgets.CountriesWidget(), "not_sold_in")
    promo_label = _column("promo_label", widgets.TextWidget(), "label")
    promo_until = _column("promo_until", widgets.DayWidget(), "label_until")
    is_active = _column("is_active", widgets.YesNoWidget(), "on_sale")
    position = _column("position", widgets.WholeWidget())

    class Meta:
        model = Service
        fields: tuple[str, ...] = (
            "number", "category", "name", "description", "provider_service", "delivery",
            "quality", "tier", "priced_by", "rate_micros", "below_cost", "min_quantity",
            "max_quantity", "can_refill", "refill_days", "can_cancel", "can_drip_feed",
            "blocked_countries", "promo_label", "promo_until", "is_active",
            "position",
        )  # fmt: skip
        import_id_fields = ("number",)
        instance_loader_class = CachedInstanceLoader
        skip_unchanged = True
        report_skipped = False
        skip_html_diff = True
        store_instance = True


class PriceFile(_ServiceRows):
    """List prices alone: the file that is sent to and fro."""

    name = Field(attribute="name", column_name="name", widget=widgets.TextWidget(), readonly=True)
    rate_micros = _column("rate_micros", widgets.AmountWidget(), "rate")

    class Meta(ServiceFile.Meta):
        fields = ("number", "name", "rate_micros")


class CustomPriceFile(_Rows):
    """Own prices of customers; an empty price takes the own one away."""

    customer = _column(
        "customer",
        _KnownRow(get_user_model(), "email", gettext_lazy("There is no customer %(value)s.")),
    )
    service = _column(
        "service", _KnownRow(Service, "pk", gettext_lazy("There is no service %(value)s."))
    )
    rate_micros = _column("rate_micros", widgets.AmountWidget(), "rate")

    class Meta:
        model = CustomPrice
        fields = ("customer", "service", "rate_micros")
        import_id_fields = ("customer", "service")
        skip_unchanged = True
        report_skipped = False
        skip_html_diff = True
        store_instance = True

    def get_queryset(self) -> QuerySet[CustomPrice]:
        return CustomPrice.objects.select_related("customer", "service").order_by(
            "customer_id", "service_id"
        )

    def for_delete(self, row: Mapping[str, Any], instance: CustomPrice) -> bool:
        return not cell_text(str(row.get("rate") or "")).strip()
