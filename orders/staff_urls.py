from django.urls import path

from orders.staff import claim_pages as staff_claims
from orders.staff import denying_page as staff_denying
from orders.staff import evidence_page as staff_evidence
from orders.staff import followup_pages as staff_requests
from orders.staff import held as staff_held
from orders.staff import orphans_page as staff_orphans
from orders.staff import pages as staff
from orders.staff import proposal_pages as staff_proposals
from orders.staff import route_page as staff_route
from orders.staff import second_person_page as staff_second
from orders.staff import status_pages as staff_statuses
from orders.staff import stuck_page as staff_stuck

app_name = "staff_orders"

urlpatterns = [
    path("find/", staff.find, name="find"),
    path("stuck/", staff_stuck.stuck, name="stuck"),
    path("held/", staff_held.held, name="held"),
    path("uncertain/", staff.uncertain, name="uncertain"),
    path("orphans/", staff_orphans.orphan_list, name="orphans"),
    path("evidence/<int:dispute_id>/", staff_evidence.evidence, name="evidence"),
    path("requests/", staff_requests.requests, name="requests"),
    path("requests/<int:follow_up_id>/", staff_requests.request_detail, name="request"),
    path("claims/", staff_claims.queue, name="claims"),
    path("claims/<int:claim_id>/", staff_claims.claim, name="claim"),
    path("claims/<int:claim_id>/approve/", staff_claims.approve, name="claim_approve"),
    path("claims/<int:claim_id>/decline/", staff_claims.decline, name="claim_decline"),
    path("claims/<int:claim_id>/expedite/", staff_claims.expedite, name="claim_expedite"),
    path("proposals/<int:proposal_id>/", staff_proposals.proposal, name="proposal"),
    path("proposals/<int:proposal_id>/agree/", staff_proposals.agree, name="proposal_agree"),
    path(
        "proposals/<int:proposal_id>/decline/",
        staff_proposals.turn_down,
        name="proposal_turn_down",
    ),
    path("<int:order_id>/status/", staff_statuses.set_status, name="set_status"),
    path("<int:order_id>/mistake/", staff_statuses.mistake, name="mistake"),
    path("<int:order_id>/", staff.order_detail, name="order_detail"),
    path("<int:order_id>/decide/", staff.decide, name="decide"),
    path("<int:order_id>/decide/second/", staff_second.answer, name="second_person"),
    path("<int:order_id>/provider/", staff_route.reroute, name="reroute"),
    path("<int:order_id>/ask/", staff_stuck.ask, name="ask"),
    path("<int:order_id>/review/", staff_held.review, name="review"),
    path("<int:order_id>/deny/", staff_denying.deny, name="deny"),
]
