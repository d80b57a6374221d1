"""What is done again and again: sweeps that find the rows whose nudge was lost."""

from celery.schedules import crontab, schedule

# Seconds from one run to the next. A run that waited longer than that is dropped: the next does it.
PERIODS_SECONDS = {
    "orders.tasks.forward_due_orders": 5,
    "orders.tasks.sweep_expired_leases": 10,
    "orders.tasks.sync_due_orders": 5,
    "orders.tasks.measure_paces": 600,
    "orders.tasks.measure_providers": 60,
    "services.tasks.watch_providers": 10,
    "services.tasks.warn_of_low_balances": 300,
    "services.tasks.sweep_price_lists": 15,
    "services.tasks.follow_costs": 60,
    "services.tasks.read_next_price_list": 300,
    "orders.tasks.look_for_lost_orders": 60,
    "orders.tasks.give_up_undecided_orders": 300,
    "orders.tasks.stop_questioned_orders": 10,
    "orders.tasks.tell_refunds": 10,
    "orders.tasks.follow_claims": 300,
    "orders.tasks.pass_on_requests": 5,
    "orders.tasks.deliver_webhooks": 3,
    "orders.tasks.follow_requests": 30,
    "orders.tasks.confirm_accepted_orders": 10,
    "orders.tasks.run_drip_feeds": 5,
    "orders.tasks.follow_subscriptions": 5,
    "orders.tasks.renew_repeats": 60,
    "accounts.tasks.send_due_mails": 10,
    "wallet.tasks.make_due_receipts": 15,
    "wallet.tasks.expire_bank_payments": 3600,
    "wallet.tasks.process_due_events": 10,
    "wallet.tasks.reconcile": 15 * 60,
    "wallet.tasks.pay_due_payouts": 15,
    "wallet.tasks.follow_sent_payouts": 3600,
    "wallet.tasks.raise_overdue_withdrawals": 600,
    "wallet.tasks.collect_questioned_money": 60,
    "tickets.tasks.answer_decided_requests": 60,
    "wallet.tasks.keep_cards": 60,
    "wallet.tasks.top_up_low_balances": 60,
    "wallet.tasks.send_balance_alerts": 60,
}

# On the minute, so that none is missed between two.
EACH_MINUTE = ("orders.tasks.probe_api",)
MINUTE_SECONDS = 60

# Hour and minute (UTC) of what is done once a night.
NIGHTLY = {
    "services.tasks.tell_favourites": (7, 0),
    "orders.tasks.tell_repeat_prices": (1, 10),
    "wallet.tasks.roll_up_days": (0, 20),
    "services.tasks.raise_levels": (3, 0),
    "wallet.tasks.take_lot_snapshots": (2, 10),
    "wallet.tasks.expire_money": (2, 40),
    "orders.tasks.forget_old_balances": (2, 50),
    "orders.tasks.forget_old_webhooks": (3, 50),
    "services.tasks.forget_old_differences": (3, 10),
    "accounts.tasks.forget_old_calls": (3, 20),
    "wallet.tasks.prove_books": (3, 30),
    "orders.tasks.forget_old_probes": (3, 40),
    "orders.tasks.forget_sandbox_orders": (3, 45),
}
NIGHT_SECONDS = 6 * 3600

SCHEDULE: dict[str, dict[str, object]] = {
    task: {"task": task, "schedule": schedule(seconds), "options": {"expires": seconds}}
    for task, seconds in PERIODS_SECONDS.items()
} | {
    task: {
        "task": task,
        "schedule": crontab(hour=hour, minute=minute),
        "options": {"expires": NIGHT_SECONDS},
    }
    for task, (hour, minute) in NIGHTLY.items()
}
SCHEDULE |= {
    task: {"task": task, "schedule": crontab(), "options": {"expires": MINUTE_SECONDS}}
    for task in EACH_MINUTE
}
