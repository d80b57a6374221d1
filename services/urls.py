from django.urls import path
from django.views.decorators.http import require_safe

from services.pages import (
    comparing,
    favourite_views,
    glossary_views,
    price_level,
    updates_views,
    views,
)
from services.pages.update_feed import UpdateFeed

app_name = "services"

urlpatterns = [
    path("", views.service_list, name="service_list"),
    path("glossary/", glossary_views.glossary, name="glossary"),
    path("updates/", updates_views.updates, name="updates"),
    path("updates/feed/", require_safe(UpdateFeed()), name="update_feed"),
    path("updates/mail/", updates_views.update_mail, name="update_mail"),
    path("updates/stop/<str:token>/", updates_views.update_stop, name="update_stop"),
    path("compare/", comparing.service_compare, name="service_compare"),
    path("favourites/", favourite_views.favourite_list, name="favourite_list"),
    path("your-prices/", price_level.your_prices, name="your_prices"),
    path("<int:service_id>/", views.service_detail, name="service_detail"),
    path("<int:service_id>/favourite/", favourite_views.favourite, name="favourite"),
]
