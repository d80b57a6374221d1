from django.urls import path

from orders import staff

app_name = "staff_orders"

urlpatterns = [
    path("find/", staff.find, name="find"),
    path("uncertain/", staff.uncertain, name="uncertain"),
    path("<int:order_id>/", staff.order_detail, name="order_detail"),
    path("<int:order_id>/decide/", staff.decide, name="decide"),
]
