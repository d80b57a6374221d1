"""The worker's edges. A message carries an id and is a hint; the row is the queue.

Every nudge expires: what a busy worker did not take is handed out again by the next sweep.
"""

from celery import shared_task
from django.utils import timezone

from orders.availability import probing, telling
from orders.ending import claims, nonstart, refund_mails, suspending
from orders.following import pacing, syncing
from orders.followups import following as requests
from orders.followups import orphans, recalling, stopping
from orders.followups import sending as passing_on
from orders.nudging import NUDGE_SECONDS, nudge
from orders.placing import confirming
from orders.plans import drip_feeds, renewing, subscriptions
from orders.plans import stopping as ending_plans
from orders.sandbox import forgetting
from orders.sending import balances, forwarding, giving_up, measuring, reconciling, sweeping
from orders.webhooks import delivering, messages

# Each goes on with its lane's next ones.
NUDGES_PER_PROVIDER = 20


@shared_task
def probe_api() -> None:
    now = timezone.now()
    probing.probe(at=now)
    telling.follow(at=now)


@shared_task
def forget_old_probes() -> None:
    probing.forget_old(at=timezone.now())


@shared_task
def forget_sandbox_orders() -> None:
    forgetting.forget_old(at=timezone.now())


@shared_task
def forward_order(order_id: int) -> None:
    forwarding.forward(order_id=order_id)


@shared_task
def forward_due_orders() -> None:
    now = timezone.now()
    for order_id in sweeping.due_orders(at=now, most_per_provider=NUDGES_PER_PROVIDER):
        nudge(order_id=order_id)
    sweeping.ask_about_unsendable(at=now)


@shared_task
def sweep_expired_leases() -> None:
    sweeping.sweep_expired_leases(at=timezone.now())


@shared_task
def give_up_undecided_orders() -> None:
    giving_up.give_up_undecided(at=timezone.now())


@shared_task
def look_for_lost_orders() -> None:
    now = timezone.now()
    for provider_id in balances.providers_to_read(at=now):
        read_balance.apply_async((provider_id,), expires=NUDGE_SECONDS)
    for provider_id in reconciling.providers_with_doubts(at=now):
        look_for_lost_orders_at.apply_async((provider_id,), expires=NUDGE_SECONDS)


@shared_task
def look_for_lost_orders_at(provider_id: int) -> None:
    reconciling.reconcile(provider_id=provider_id, at=timezone.now())


@shared_task
def read_balance(provider_id: int) -> None:
    balances.read(provider_id=provider_id, at=timezone.now())


@shared_task
def forget_old_balances() -> None:
    balances.forget_old(at=timezone.now())


@shared_task
def sync_provider(provider_id: int) -> None:
    syncing.poll(provider_id=provider_id, at=timezone.now())


@shared_task
def sync_due_orders() -> None:
    for provider_id in syncing.providers_due(at=timezone.now()):
        sync_provider.apply_async((provider_id,), expires=NUDGE_SECONDS)


@shared_task
def measure_paces() -> None:
    pacing.measure_paces(at=timezone.now())


@shared_task
def measure_providers() -> None:
    now = timezone.now()
    syncing.forget_silence()
    measuring.measure(at=now)


@shared_task
def tell_refunds() -> None:
    refund_mails.tell(at=timezone.now())


@shared_task
def follow_claims() -> None:
    now = timezone.now()
    nonstart.refund_unstarted(at=now)
    recalling.stop_unsent_runs(at=now)
    recalling.call_back(at=now)
    claims.close_settled(at=now)
    claims.raise_overdue(at=now)


@shared_task
def stop_questioned_orders() -> None:
    now = timezone.now()
    suspending.cancel_reversed(at=now)
    ending_plans.stop_reversed(at=now)
    stopping.call_back_reversed(at=now)
    suspending.free_cleared(at=now)
    suspending.hold_warned(at=now)


@shared_task
def pass_on_requests() -> None:
    now = timezone.now()
    passing_on.sweep_expired_leases(at=now)
    requests.answer_requests(at=now)
    orphans.call_back(at=now)
    for provider_id in passing_on.providers_with_due(at=now):
        ask_provider.apply_async((provider_id,), expires=NUDGE_SECONDS)


@shared_task
def ask_provider(provider_id: int) -> None:
    passing_on.send_due(provider_id=provider_id)


@shared_task
def follow_requests() -> None:
    for provider_id in requests.providers_with_due(at=timezone.now()):
        follow_requests_at.apply_async((provider_id,), expires=NUDGE_SECONDS)


@shared_task
def follow_requests_at(provider_id: int) -> None:
    now = timezone.now()
    requests.poll_refills(provider_id=provider_id, at=now)
    orphans.poll(provider_id=provider_id, at=now)


@shared_task
def confirm_accepted_orders() -> None:
    confirming.confirm_due(at=timezone.now())


@shared_task
def run_drip_feeds() -> None:
    drip_feeds.run_due(at=timezone.now())


@shared_task
def follow_subscriptions() -> None:
    subscriptions.follow_due(at=timezone.now())


@shared_task
def renew_repeats() -> None:
    renewing.renew_due(at=timezone.now())


@shared_task
def tell_repeat_prices() -> None:
    renewing.tell_prices(at=timezone.now())


@shared_task
def deliver_webhooks() -> None:
    for endpoint_id in delivering.lanes_due(at=timezone.now()):
        messages.nudge(endpoint_id=endpoint_id)


@shared_task
def deliver_webhooks_to(endpoint_id: int) -> None:
    delivering.deliver(endpoint_id=endpoint_id)


@shared_task
def forget_old_webhooks() -> None:
    messages.forget_old(at=timezone.now())
