"""Where staff keep the catalogue: providers, price lists, prices."""

from __future__ import annotations

from django.urls import URLPattern, path

from services.staff import (
    answer_page,
    file_pages,
    health_pages,
    import_pages,
    price_edits,
    price_rates,
    price_rises,
    price_rules,
    price_why,
    provider_pages,
    sync_acts,
    sync_pages,
)

app_name = "staff_services"

urlpatterns: list[URLPattern] = [
    path("providers/", provider_pages.provider_list, name="provider_list"),
    path("providers/new/", provider_pages.provider_new, name="provider_new"),
    path("providers/own/", provider_pages.own_work_new, name="own_work_new"),
    path("providers/<int:provider_id>/", provider_pages.provider_detail, name="provider_detail"),
    path("providers/<int:provider_id>/change/", provider_pages.provider_edit, name="provider_edit"),
    path("providers/<int:provider_id>/test/", provider_pages.provider_test, name="provider_test"),
    path("providers/<int:provider_id>/import/", import_pages.import_choose, name="import_choose"),
    path("providers/<int:provider_id>/price-lists/", sync_pages.sync_list, name="sync_list"),
    path("providers/<int:provider_id>/price-lists/read/", sync_acts.sync_begin, name="sync_begin"),
    path("price-lists/<int:sync_id>/", sync_pages.sync_detail, name="sync_detail"),
    path("price-lists/<int:sync_id>/ticks/", sync_acts.sync_choose, name="sync_choose"),
    path("price-lists/<int:sync_id>/apply/", sync_acts.sync_apply, name="sync_apply"),
    path("price-lists/<int:sync_id>/discard/", sync_acts.sync_discard, name="sync_discard"),
    path("offers/<int:offer_id>/", sync_pages.sync_offer, name="sync_offer"),
    path("answers/", answer_page.answers, name="answers"),
    path("files/", file_pages.files, name="files"),
    path("files/<slug:kind>/", file_pages.download, name="file_download"),
    path("files/<slug:kind>/check/", file_pages.check, name="file_check"),
    path("files/<slug:kind>/apply/", file_pages.apply, name="file_apply"),
    path("health/", health_pages.health_list, name="health_list"),
    path("health/<int:provider_id>/", health_pages.health_detail, name="health_detail"),
    path("health/<int:provider_id>/pause/", health_pages.health_pause, name="health_pause"),
    path("health/<int:provider_id>/resume/", health_pages.health_resume, name="health_resume"),
    path("health/<int:provider_id>/try/", health_pages.health_try, name="health_try"),
    path("health/<int:provider_id>/ask/", health_pages.health_ask, name="health_ask"),
    path("prices/", price_rules.price_rules, name="price_rules"),
    path("prices/rules/new/", price_rules.price_rule_new, name="price_rule_new"),
    path("prices/rules/<int:rule_id>/", price_rules.price_rule, name="price_rule"),
    path(
        "prices/rules/<int:rule_id>/delete/",
        price_rules.price_rule_delete,
        name="price_rule_delete",
    ),
    path("prices/edit/", price_edits.price_edit, name="price_edit"),
    path("prices/edits/", price_edits.price_edits, name="price_edits"),
    path("prices/edits/<int:edit_id>/", price_edits.price_edit_detail, name="price_edit_detail"),
    path("prices/edits/<int:edit_id>/undo/", price_edits.price_edit_undo, name="price_edit_undo"),
    path("prices/rises/", price_rises.price_rises, name="price_rises"),
    path("prices/rises/decide/", price_rises.price_rises_decide, name="price_rises_decide"),
    path("prices/currencies/", price_rates.price_rates, name="price_rates"),
    path("prices/why/", price_why.price_why, name="price_why"),
]
