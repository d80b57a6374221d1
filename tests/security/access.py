"""Who gets what at every address (S-01, S-02). A new address belongs in here before it can be
merged; docs/security.md shows the same table: `python -m tests.security.access` writes it there.

The object behind an address (an order, a ticket, a deposit, an API key) is always alice's; bob is
a stranger to it, sam is Support, olga an Operator, fiona Finance. POST is sent empty. One word for
each of them:

    ok     200                       form   422, the form comes back with what is wrong
    go     302 to where it leads     login  302 to the log-in page
    no     403                       none   404, exactly as for what does not exist
    never  405                       bad    400, nothing that could be read
    off    409, why it cannot be done with this one now
    key    200, "Invalid API key": a session opens nothing there
    bare   401, no key in a header: a session opens nothing there either
"""

from __future__ import annotations

from pathlib import Path

ROLES = ("nobody", "alice", "bob", "sam", "olga", "fiona")

EVERYBODY = "ok    ok    ok    ok    ok    ok"
NEVER = "never never never never never never"
MEMBERS = "login ok    ok    ok    ok    ok"
MEMBERS_POST = "login form  form  form  form  form"
MEMBERS_GO = "login go    go    go    go    go"
OWNER = "login ok    none  none  none  none"
OWNER_GO = "login go    none  none  none  none"
STAFF = "login no    no    ok    ok    ok"
SUPPORT = "login no    no    ok    no    ok"
DESK = "login no    no    ok    ok    no"
OPERATOR = "login no    no    no    ok    no"
MONEY = "login no    no    no    ok    ok"
MONEY_GO = "login no    no    no    go    go"
OWNER_OFF = "login off   none  none  none  none"
NO_DRIP_FEED = "login none  none  none  none  none"
NO_BANK_PAYMENT = "login no    no    no    none  none"
FINANCE_GO = "login no    no    no    no    go"
FINANCE = "login no    no    no    no    ok"
KEY = "key   key   key   key   key   key"
BARE = "bare  bare  bare  bare  bare  bare"
NONE = "none  none  none  none  none  none"
ADMIN = "login login login ok    ok    ok"
ADMIN_GO = "login login login go    go    go"
ADMIN_NEVER = "login login login never never never"

# name of the address: what GET answers to each, and what POST does
PAGES: dict[str, tuple[str, str]] = {
    "home": ("ok    go    go    go    go    go", NEVER),
    "healthz": (EVERYBODY, NEVER),
    "demo_mail": (EVERYBODY, NEVER),
    # Accounts. allauth's own pages ask whoever is logged in to use the pages of the account.
    "account_login": ("ok    go    go    go    go    go", "form  go    go    go    go    go"),
    "account_signup": ("ok    go    go    go    go    go", "form  go    go    go    go    go"),
    "account_logout": ("go    ok    ok    ok    ok    ok", "go    go    go    go    go    go"),
    "account_reauthenticate": (MEMBERS, MEMBERS_POST),
    "account_email": (MEMBERS, MEMBERS_GO),
    "account_change_password": (MEMBERS, MEMBERS_POST),
    "account_set_password": (MEMBERS_GO, MEMBERS_GO),
    "account_reset_password": (EVERYBODY, "form  form  form  form  form  form"),
    "account_reset_password_done": (EVERYBODY, NEVER),
    "account_reset_password_from_key": (EVERYBODY, "form  form  form  form  form  form"),
    "account_reset_password_from_key_done": (EVERYBODY, NEVER),
    "account_confirm_email": (EVERYBODY, "none  none  none  none  none  none"),
    "account_confirm_login_code": (MEMBERS_GO, MEMBERS_GO),
    "account_email_verification_sent": (EVERYBODY, NEVER),
    "account_inactive": (EVERYBODY, NEVER),
    "accounts:profile": (MEMBERS, MEMBERS_GO),
    "accounts:country": (MEMBERS, MEMBERS_POST),
    "accounts:sessions_end": (NEVER, MEMBERS_GO),
    "accounts:api_keys": (MEMBERS, MEMBERS_POST),
    "accounts:api_key_change": (OWNER, "login form  none  none  none  none"),
    "accounts:repetitions": (NEVER, MEMBERS_POST),
    "accounts:api_key_replace": (OWNER, "login form  none  none  none  none"),
    "accounts:api_key_revoke": (OWNER, OWNER_GO),
    "safety:compromised": (MEMBERS, MEMBERS_GO),
    "safety:compromised_done": (EVERYBODY, NEVER),
    # Legal pages and the catalogue are public.
    "legal:index": (EVERYBODY, NEVER),
    "legal:document": (EVERYBODY, NEVER),
    "legal:version": (EVERYBODY, NEVER),
    "legal:text": (EVERYBODY, NEVER),
    "legal:changes": ("none  none  none  none  none  none", NEVER),  # version 1 replaced nothing
    "legal/<slug>/<number>/changes/<since>/": (EVERYBODY, NEVER),
    "services:service_list": (EVERYBODY, NEVER),
    "services:service_detail": (EVERYBODY, NEVER),
    "services:glossary": (EVERYBODY, NEVER),
    "services:service_compare": (EVERYBODY, NEVER),
    "services:your_prices": (MEMBERS, NEVER),
    "services:favourite_list": (MEMBERS, NEVER),
    "services:favourite": (NEVER, MEMBERS_GO),
    "services:updates": (EVERYBODY, NEVER),
    "services:update_feed": (EVERYBODY, NEVER),
    "services:update_mail": (NEVER, MEMBERS_GO),
    "services:update_stop": (EVERYBODY, EVERYBODY),
    # Money, orders and tickets are their owner's alone; staff look at them elsewhere.
    "wallet:wallet": (MEMBERS, NEVER),
    "wallet:currency": (MEMBERS, MEMBERS_GO),
    "wallet:alert": (MEMBERS, MEMBERS_GO),
    "wallet:automatic": (MEMBERS, MEMBERS_POST),
    "wallet:automatic_off": (NEVER, MEMBERS_GO),
    "wallet:card_remove": (OWNER, OWNER_GO),
    "wallet:top_up": (MEMBERS, MEMBERS_POST),
    "wallet:deposit_detail": (OWNER, OWNER_GO),
    "wallet:deposit_cancel": (OWNER, OWNER_GO),
    "wallet:bank_payment": (OWNER_GO, OWNER_GO),  # this one is paid by card
    "wallet:bank_proof": ("login none  none  none  none  none", NEVER),  # nothing was sent
    "wallet:receipt_pdf": ("login none  none  none  none  none", NEVER),  # not paid yet
    "wallet:payback": (MEMBERS, NEVER),
    "wallet:withdrawal_cancel": (NEVER, OWNER_GO),
    "orders:dashboard": (MEMBERS, NEVER),
    "orders:order_list": (MEMBERS, NEVER),
    "orders:order_export": (MEMBERS, NEVER),
    "orders:order_bulk": (MEMBERS_GO, MEMBERS_GO),
    "orders:spending": (MEMBERS, NEVER),
    "orders:webhooks": (MEMBERS, MEMBERS_POST),
    "orders:webhook_help": (EVERYBODY, NEVER),
    "orders:webhook_detail": (OWNER, NEVER),
    "orders:webhook_edit": (OWNER, "login form  none  none  none  none"),
    "orders:webhook_secret": (OWNER, "login form  none  none  none  none"),
    "orders:webhook_pause": (NEVER, OWNER_GO),
    "orders:webhook_resume": (NEVER, OWNER_GO),
    "orders:webhook_delete": (OWNER, OWNER_GO),
    "orders:webhook_test": (NEVER, OWNER_GO),
    "orders:webhook_replay": (NEVER, "login form  none  none  none  none"),
    "orders:webhook_message": (OWNER, OWNER_GO),
    "orders:order_new": (MEMBERS, MEMBERS_POST),
    "orders:order_mass": (MEMBERS, MEMBERS_POST),
    "orders:order_detail": (OWNER, NEVER),
    "orders:order_cancel": (OWNER, OWNER_GO),
    "orders:order_refill": (OWNER_OFF, OWNER_OFF),  # it is not completed
    "orders:order_speed_up": (OWNER_OFF, OWNER_OFF),  # nobody has begun it
    "orders:order_claim": (OWNER, "login form  none  none  none  none"),  # nothing is open yet
    "orders:order_withdraw": (OWNER, OWNER_GO),
    "orders:plan_list": (MEMBERS, NEVER),
    "orders:order_stop": (NO_DRIP_FEED, NO_DRIP_FEED),
    "orders:order_repeat": (OWNER, "login form  none  none  none  none"),
    "orders:repeat_agree": (OWNER, "login form  none  none  none  none"),
    "orders:repeat_cancel": (OWNER, OWNER_GO),
    # Without a log-in: the number and the address lead to a mail, and its link to the order.
    "orders:withdrawal": (EVERYBODY, "form  form  form  form  form  form"),
    "orders:withdrawal_link": (EVERYBODY, EVERYBODY),
    "tickets:ticket_list": (MEMBERS, NEVER),
    "tickets:ticket_new": (MEMBERS, MEMBERS_POST),
    "tickets:ticket_detail": (OWNER, "login form  none  none  none  none"),
    "tickets:ticket_close": (NEVER, OWNER_GO),
    "tickets:refund_request": (MEMBERS, MEMBERS_POST),
    # Programs: a key or a signature counts, a session does not.
    "api_v2": (KEY, KEY),
    "api/v2/": (KEY, KEY),
    "api_docs": (EVERYBODY, NEVER),
    "api_docs_v3": (EVERYBODY, NEVER),
    "api_calls": (MEMBERS, NEVER),
    "api_wordpress": (EVERYBODY, NEVER),
    "api_status": (EVERYBODY, NEVER),
    # REST v3 knows keys alone.
    "api_v3_schema": (EVERYBODY, NEVER),
    "api_v3_nothing": (NONE, NONE),
    "api_v3_services": (BARE, NEVER),
    "api_v3_service": (BARE, NEVER),
    "api_v3_balance": (BARE, NEVER),
    "api_v3_statement": (BARE, NEVER),
    "api_v3_orders": (BARE, BARE),
    "api_v3_quote": (NEVER, BARE),
    "api_v3_batch": (NEVER, BARE),
    "api_v3_order": (BARE, NEVER),
    "api_v3_order_refill": (NEVER, BARE),
    "api_v3_order_cancel": (NEVER, BARE),
    "api_v3_refills": (BARE, NEVER),
    "api_v3_refill": (BARE, NEVER),
    "api_v3_cancels": (BARE, NEVER),
    "api_v3_cancel": (BARE, NEVER),
    "api_v3_webhooks": (BARE, BARE),
    "api_v3_webhook": (BARE, NEVER),
    "api_v3_webhook_secret": (NEVER, BARE),
    "api_v3_webhook_test": (NEVER, BARE),
    "api_v3_webhook_replay": (NEVER, BARE),
    "api_v3_webhook_messages": (BARE, NEVER),
    "api_v3_webhook_message": (BARE, NEVER),
    "api_v3_webhook_message_replay": (NEVER, BARE),
    "api_v3_tickets": (BARE, BARE),
    "api_v3_ticket": (BARE, NEVER),
    "api_v3_messages": (NEVER, BARE),
    # The Admin API of staff: keys of their own, see tests.adminapi for what each may do.
    "adminapi_orders": (BARE, NEVER),
    "adminapi_order": (BARE, NEVER),
    "adminapi_payments": (BARE, NEVER),
    "adminapi_users": (BARE, NEVER),
    "adminapi_tickets": (BARE, NEVER),
    "adminapi_ticket_messages": (BARE, NEVER),
    "adminapi_order_link": (NEVER, BARE),
    "adminapi_order_pull": (NEVER, BARE),
    "adminapi_order_update": (NEVER, BARE),
    "adminapi_order_status": (NEVER, BARE),
    "adminapi_order_partial": (NEVER, BARE),
    "adminapi_order_cancel": (NEVER, BARE),
    "adminapi_order_resend": (NEVER, BARE),
    "adminapi_order_stop": (NEVER, BARE),
    "adminapi_refill_pull": (NEVER, BARE),
    "adminapi_refill_status": (NEVER, BARE),
    "adminapi_cancel_pull": (NEVER, BARE),
    "adminapi_cancel_reject": (NEVER, BARE),
    "adminapi_payment_add": (NEVER, BARE),
    "adminapi_user_add": (NEVER, BARE),
    "adminapi_ticket_add": (NEVER, BARE),
    "adminapi_unknown": (NONE, NONE),
    "stripe_webhook": (NEVER, "bad   bad   bad   bad   bad   bad"),
    # The desk of staff.
    "staff_home": (STAFF, NEVER),
    "staff_orders:find": (STAFF, NEVER),
    "staff_orders:order_detail": (STAFF, NEVER),
    "staff_orders:decide": ("login no    no    no    go    no", "login no    no    no    go    no"),
    "staff_orders:second_person": (
        "login no    no    no    go    no",
        "login no    no    no    go    no",
    ),
    "staff_orders:reroute": (OPERATOR, "login no    no    no    form  no"),
    "staff_orders:orphans": (OPERATOR, "login no    no    no    form  no"),
    "staff_orders:requests": (DESK, NEVER),
    "staff_orders:request": (DESK, "login no    no    form  form  no"),
    "staff_orders:claims": (STAFF, NEVER),
    "staff_orders:claim": (STAFF, NEVER),
    "staff_orders:claim_approve": (NEVER, "login no    no    form  form  form"),
    "staff_orders:claim_decline": (NEVER, "login no    no    no    form  form"),
    "staff_orders:claim_expedite": (NEVER, "login no    no    go    go    go"),
    "staff_orders:proposal": (STAFF, NEVER),
    "staff_orders:proposal_agree": (NEVER, "login no    no    go    go    go"),
    "staff_orders:proposal_turn_down": (NEVER, "login no    no    go    go    go"),
    "staff_orders:set_status": (MONEY, "login no    no    no    form  form"),
    "staff_orders:mistake": (STAFF, "login no    no    form  form  form"),
    "staff_orders:deny": (FINANCE, "login no    no    no    no    form"),
    "staff_orders:uncertain": (OPERATOR, NEVER),
    "staff_orders:held": (OPERATOR, NEVER),
    # It is not held.
    "staff_orders:review": ("login no    no    no    go    no", "login no    no    no    go    no"),
    "staff_orders:stuck": (OPERATOR, NEVER),
    "staff_orders:ask": (NEVER, "login no    no    no    go    no"),
    "staff_orders:evidence": (MONEY_GO, MONEY),
    "staff_services:answers": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:provider_list": (OPERATOR, NEVER),
    "staff_services:provider_detail": (OPERATOR, NEVER),
    "staff_services:provider_new": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:own_work_new": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:provider_edit": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:provider_test": (NEVER, "login no    no    no    go    no"),
    "staff_services:import_choose": (OPERATOR, OPERATOR),  # an empty one only shows prices
    "staff_services:sync_list": (OPERATOR, NEVER),
    "staff_services:sync_begin": (NEVER, "login no    no    no    go    no"),
    "staff_services:sync_detail": (OPERATOR, NEVER),
    "staff_services:sync_choose": (NEVER, "login no    no    no    go    no"),
    "staff_services:sync_apply": (NEVER, "login no    no    no    form  no"),
    "staff_services:sync_discard": (NEVER, "login no    no    no    go    no"),
    "staff_services:sync_offer": (OPERATOR, NEVER),
    "staff_services:price_rules": (OPERATOR, NEVER),
    "staff_services:price_rule_new": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:price_rule": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:price_rule_delete": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:price_edit": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:price_edits": (OPERATOR, NEVER),
    "staff_services:price_edit_detail": (OPERATOR, NEVER),
    "staff_services:price_edit_undo": (NEVER, "login no    no    no    go    no"),
    "staff_services:price_rises": (OPERATOR, NEVER),
    "staff_services:price_rises_decide": (NEVER, "login no    no    no    go    no"),
    "staff_services:price_rates": (OPERATOR, "login no    no    no    form  no"),
    "staff_services:price_why": (OPERATOR, NEVER),
    "staff_services:files": (OPERATOR, NEVER),
    "staff_services:file_download": (OPERATOR, NEVER),
    "staff_services:file_check": (NEVER, "login no    no    no    form  no"),
    "staff_services:file_apply": (NEVER, "login no    no    no    go    no"),
    "staff_services:health_list": (OPERATOR, NEVER),
    "staff_services:health_detail": (OPERATOR, NEVER),
    "staff_services:health_pause": (NEVER, "login no    no    no    form  no"),
    "staff_services:health_resume": (NEVER, "login no    no    no    go    no"),
    "staff_services:health_try": (NEVER, "login no    no    no    go    no"),
    "staff_services:health_ask": (NEVER, "login no    no    no    go    no"),
    "wallet_staff:payments": (MONEY, NEVER),
    "wallet_staff:payment": (MONEY, NEVER),
    "wallet_staff:bank_payments": (MONEY, NEVER),
    # The one in the table was paid by card: it is no bank payment.
    "wallet_staff:bank_payment": (NO_BANK_PAYMENT, NEVER),
    "wallet_staff:bank_confirm": (NO_BANK_PAYMENT, NO_BANK_PAYMENT),
    "wallet_staff:bank_decline": (NO_BANK_PAYMENT, NO_BANK_PAYMENT),
    "wallet_staff:bank_proof": (NO_BANK_PAYMENT, NEVER),
    "wallet_staff:customer": (MONEY, NEVER),
    "wallet_staff:goodwill": (
        "login no    no    ok    ok    ok",
        "login no    no    form  form  form",
    ),
    "wallet_staff:correct": (MONEY, "login no    no    no    form  form"),
    "wallet_staff:forfeit": (FINANCE, "login no    no    no    no    form"),
    "wallet_staff:decisions": (MONEY, NEVER),
    "wallet_staff:withdrawals": (MONEY, NEVER),
    "wallet_staff:withdrawal": (MONEY, NEVER),
    # Money leaves: finance gives the password once more.
    "wallet_staff:withdrawal_approve": (NEVER, FINANCE_GO),
    "wallet_staff:withdrawal_decline": (NEVER, "login no    no    no    no    form"),
    "wallet_staff:payout": ("login no    no    no    go    go", NEVER),
    "wallet_staff:payout_sent": (NEVER, FINANCE_GO),
    "wallet_staff:payout_returned": (NEVER, "login no    no    no    no    form"),
    "wallet_staff:payout_other_way": (NEVER, FINANCE_GO),
    # It is olga's proposal: sam would see his own.
    "wallet_staff:decision": ("login no    no    none  ok    ok", NEVER),
    "wallet_staff:agree": (NEVER, "login no    no    none  go    go"),
    "wallet_staff:decline": (NEVER, "login no    no    none  go    go"),
    "wallet_staff:disputes": (MONEY, NEVER),
    "wallet_staff:dispute": (MONEY, NEVER),
    # Nothing was forfeited with it.
    "wallet_staff:dispute_undo": (
        "login no    no    no    no    none",
        "login no    no    no    no    none",
    ),
    "wallet_staff:warning": (MONEY, NEVER),
    "wallet_staff:warning_release": (MONEY_GO, "login no    no    no    form  form"),
    "wallet_staff:unmatched": (MONEY, NEVER),
    "wallet_staff:unmatched_payment": (MONEY, NEVER),
    "wallet_staff:unmatched_credit": (MONEY_GO, "login no    no    no    form  form"),
    "wallet_staff:unmatched_close": (NEVER, "login no    no    no    form  form"),
    "wallet_staff:trial_balance": (MONEY, NEVER),
    "wallet_staff:liability": (MONEY, NEVER),
    "wallet_staff:clearing": (MONEY, NEVER),
    # It is no forfeiture.
    "wallet_staff:undo": (
        "login no    no    no    no    none",
        "login no    no    no    no    none",
    ),
    "staff_api:operator_key_list": (STAFF, "login no    no    form  form  form"),
    # It is olga's: colleagues without her right see their own alone.
    "staff_api:operator_key_revoke": (
        "login no    no    none  ok    none",
        "login no    no    none  go    none",
    ),
    "staff_tickets:inbox": (SUPPORT, NEVER),
    "staff_tickets:ticket": (SUPPORT, "login no    no    form  no    form"),
    "staff_tickets:assign": (NEVER, "login no    no    go    no    go"),
    "staff_tickets:claim": (SUPPORT, "login no    no    form  no    form"),
    "staff_tickets:close": (NEVER, "login no    no    go    no    go"),
    # The admin's own pages; those of its models follow from RIGHTS.
    "admin:index": (ADMIN, ADMIN),
    "admin:login": ("login no    no    no    no    no", NEVER),
    "admin:logout": ("go    go    go    never never never", "go    go    go    go    go    go"),
    "admin:password_change": (ADMIN_GO, ADMIN_GO),
    "admin:password_change_done": (ADMIN, ADMIN_NEVER),
    "admin:autocomplete": ("login login login no    no    no", ADMIN_NEVER),
    "admin:jsi18n": (ADMIN, ADMIN_NEVER),
    "admin:view_on_site": (ADMIN_GO, ADMIN_GO),
    # It is the catalogue, which finance has nothing to do with.
    "admin:app_list": (
        "login login login ok    ok    none",
        "login login login ok    ok    none",
    ),
    "admin/<url>": ("login login login none  none  none", "login login login none  none  none"),
    "admin:auth_user_password_change": (
        "login login login no    no    no",
        "login login login no    no    no",
    ),
    "admin:accounts_killswitch_off": (
        "login login login no    ok    no",
        "login login login no    form  no",
    ),
    "admin:accounts_killswitch_on": (
        "login login login no    go    no",
        "login login login no    go    no",
    ),
    "admin:accounts_user_unfreeze": (
        "login login login no    ok    no",
        "login login login no    form  no",
    ),
    "admin:accounts_user_api_access": (
        "login login login no    ok    no",
        "login login login no    form  no",
    ),
    "admin:accounts_user_standing": (
        "login login login no    ok    no",
        "login login login no    form  no",
    ),
}

# model of the admin: what Support, Operator and Finance may do: view, add, change, delete
RIGHTS: dict[str, tuple[str, str, str]] = {
    "account_emailaddress": ("", "", ""),
    "accounts_actlog": ("", "v", "v"),
    "accounts_apikey": ("", "", ""),
    "accounts_case": ("", "vc", "vc"),
    "accounts_holiday": ("", "vacd", ""),
    "accounts_killswitch": ("", "vc", ""),
    "accounts_outboundmail": ("", "v", ""),
    "accounts_user": ("v", "v", "v"),
    "auth_group": ("", "", ""),
    "legal_acceptance": ("", "", ""),
    "legal_document": ("", "v", ""),
    "legal_documentversion": ("", "va", ""),  # drafts change as well; this one is published
    "legal_publication": ("", "va", ""),
    "orders_blockedterm": ("", "vacd", ""),
    "orders_order": ("v", "v", "v"),
    "orders_submission": ("", "v", ""),
    "services_category": ("v", "vac", ""),
    "services_customprice": ("", "vacd", ""),
    "services_groupmembership": ("", "vacd", ""),
    "services_platform": ("v", "vac", ""),
    "services_pricegroup": ("", "vacd", ""),
    "services_provider": ("", "v", ""),
    "services_providerservice": ("", "vac", ""),
    "services_qualitylabel": ("", "vac", ""),
    "services_service": ("v", "vac", ""),
    "tickets_ticket": ("v", "v", "v"),
    "wallet_account": ("", "v", "v"),
    "wallet_bonusgrant": ("", "v", "v"),
    "wallet_deposit": ("", "v", "v"),
    "wallet_gatewayevent": ("", "v", "v"),
    "wallet_displayrate": ("", "va", ""),
    "wallet_promotion": ("", "vac", "v"),
    "wallet_redemption": ("", "v", "v"),
    "wallet_clearingentry": ("", "v", "v"),
    "wallet_decision": ("", "v", "v"),
    "wallet_dispute": ("", "v", "v"),
    "wallet_foreignrefund": ("", "v", "v"),
    "wallet_fraudwarning": ("", "v", "v"),
    "wallet_unmatchedpayment": ("", "v", "v"),
    "wallet_withdrawal": ("", "v", "v"),
    "wallet_transfer": ("", "v", "v"),
}

# the right that each page of a model takes, for GET and for POST
_TAKES = {
    "changelist": ("v", "v"),
    "history": ("v", "v"),
    "add": ("a", "a"),
    "change": ("v", "c"),
    "delete": ("d", "d"),
}
# The actions of lists beside "delete selected", which takes the right to delete.
ACTIONS = {
    "account_emailaddress make_verified": "c",
    "legal_documentversion start_drafts": "a",
    "wallet_gatewayevent retry": "v",  # with wallet.propose_money, too
}


def expected(key: str, *, model: str | None) -> tuple[list[str], list[str]]:
    """What each of ROLES gets for GET and for POST. Raises KeyError: the address is in no table.

    "ok|go|form" where a model's page may answer an empty POST either way.
    """
    if key in PAGES:
        get, post = PAGES[key]
        return get.split(), post.split()
    if key.startswith("admin/") and model in RIGHTS:
        return ADMIN_GO.split(), ADMIN_GO.split()  # /17/ leads to /17/change/
    name, _, page = key.removeprefix("admin:").rpartition("_")
    get, post = _TAKES[page]
    return _admin(RIGHTS[name], get, "ok"), _admin(RIGHTS[name], post, "ok|go|form")


def _admin(rights: tuple[str, str, str], wanted: str, word: str) -> list[str]:
    return ["login"] * 3 + [word if wanted in held else "no" for held in rights]


def document() -> str:
    """The table as docs/security.md shows it."""
    spoken = {"v": "look", "a": "add", "c": "change", "d": "delete"}

    def words(rights: str) -> str:
        return ", ".join(spoken[right] for right in rights) or "–"

    lines = ["| address | GET | POST |", "|---|---|---|"]
    lines += [
        f"| `{key}` | {' '.join(get.split())} | {' '.join(post.split())} |"
        for key, (get, post) in PAGES.items()
    ]
    lines += [
        "",
        "| rows in the admin | Support may | an Operator may | Finance may |",
        "|---|---|---|---|",
    ]
    lines += [
        f"| `{model}` | {' | '.join(words(rights) for rights in held)} |"
        for model, held in RIGHTS.items()
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    MARK = "<!-- access -->\n"
    published = Path("docs/security.md")
    words_before = published.read_text().partition(MARK)[0]
    published.write_text(f"{words_before}{MARK}{document()}\n")
