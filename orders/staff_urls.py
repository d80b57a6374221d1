from django.urls import path

from orders.staff import denying_page as staff_denying
from orders.staff import evidence_page as staff_evidence
from orders.staff import held as staff_held
from orders.staff import pages as staff
from orders.staff import stuck_page as staff_stuck

app_name = "staff_orders"

urlpatterns = [
    path("find/", staff.find, name="find"),
    path("stuck/", staff_stuck.stuck, name="stuck"),
    path("held/", staff_held.held, name="held"),
    path("uncertain/", staff.uncertain, name="uncertain"),
    path("evidence/<int:dispute_id>/", staff_evidence.evidence, name="evidence"),
    path("<int:order_id>/", staff.order_detail, name="order_detail"),
    path("<int:order_id>/decide/", staff.decide, name="decide"),
    path("<int:order_id>/ask/", staff_stuck.ask, name="ask"),
    path("<int:order_id>/review/", staff_held.review, name="review"),
    path("<int:order_id>/deny/", staff_denying.deny, name="deny"),
]
