"""Settings, all from the environment; docs/deploy.md lists every name.

`make up` writes two files that stand in for an environment on a developer's machine: var/panel.env
(secrets, made once) and var/run.env (addresses of the running embedded servers). A variable that
is really set wins over both.
"""

from pathlib import Path

import django_stubs_ext
import environ
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from smmpanel import (
    account_settings,
    beat,
    browser,
    demo_details,
    logs,
    rest_settings,
    work_settings,
)

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
VAR_DIR = Path(env.str("PANEL_VAR", default=str(BASE_DIR / "var")))
for name in ("run.env", "panel.env"):
    environ.Env.read_env(VAR_DIR / name)

DEBUG = env.bool("DEBUG", default=False)
# A demonstration: plain http on loopback, demo log-ins, readable mails, a payment page of our own.
DEMO = env.bool("DEMO", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000")
SITE_NAME = env.str("SITE_NAME", default="Panel")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "legal",
    "accounts",
    "wallet",
    "services",
    "orders",
    "tickets",
    "smmpanel.apps.PanelConfig",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "import_export",
    "rest_framework",
    "drf_spectacular",
]

MIDDLEWARE = [
    # Programs get no further: what follows is for browsers, and Programs says its headers, too.
    "smmpanel.middleware.Programs",
    # Outside the others: also what redirects to https carries the policy.
    "csp.middleware.CSPMiddleware",
    # Adds a random length to what it packs, and tokens of forms are masked anew on every page: how
    # long an answer is tells nobody what is in it (BREACH).
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "smmpanel.middleware.PrivatePages",
    "smmpanel.middleware.Unavailable",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "smmpanel.middleware.CleanText",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "smmpanel.middleware.UsualMethods",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.StaffSessionLimits",
    "accounts.middleware.UserTimeZone",
    "accounts.middleware.BackToTheForm",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "smmpanel.urls"
WSGI_APPLICATION = "smmpanel.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smmpanel.context_processors.site",
                "wallet.context_processors.balance",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data -------------------------------------------------------------------------------------
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql://app@/panel")}
DATABASES["default"].update(
    CONN_MAX_AGE=env.int("CONN_MAX_AGE", default=60), CONN_HEALTH_CHECKS=True, ATOMIC_REQUESTS=False
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "panel",
        "OPTIONS": {
            "serializer": "smmpanel.caching.JsonSerializer",
            # One that is connected and mute is down: nobody's page waits for a counter.
            "socket_connect_timeout": 0.5,
            "socket_timeout": 0.5,
        },
    }
}
# Keys that encrypt providers' API keys at rest: "id:base64 of 32 bytes", newest first.
FIELD_KEYS = env.list("FIELD_KEYS", default=[])
# Keyed hash of customers' API keys; separate from SECRET_KEY, so that one can be rotated alone.
API_KEY_PEPPER = env.str("API_KEY_PEPPER", default=SECRET_KEY)

# Apps add their own proofs to `manage.py verify_ledger` without the wallet importing them.
LEDGER_CHECKS = ["wallet.verification.CHECKS", "orders.verification.CHECKS"]
# The pages that a transfer's reference leads to ("order:17"), for customers and for staff.
LEDGER_CUSTOMER_PAGES = {"order": "orders:order_detail", "deposit": "wallet:deposit_detail"}
LEDGER_ADMIN_PAGES = {
    "order": "admin:orders_order_change",
    "deposit": "admin:wallet_deposit_change",
    "dispute": "wallet_staff:dispute",
    "warning": "wallet_staff:warning",
    "withdrawal": "wallet_staff:withdrawal",
    "payout": "wallet_staff:payout",
    "refund": "admin:wallet_foreignrefund_change",
}
# Who can say in plain words what the detail of a case stands for, where it is a code.
CASE_DETAIL_WORDS = "orders.staff.words.reason_words"
# Who can say what a customer's running orders hold.
WALLET_ESCROW_OF = "orders.running.escrow_micros"
# Who can say what a customer has asked us, for the evidence in a dispute.
EVIDENCE_TICKETS_OF = "tickets.evidence.asked_by"
# Who can say which of a customer's orders are never refunded any more.
WALLET_FINAL_AMONG = "orders.running.final_among"

# --- People -----------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
# E-mail is unique without regard to case, by an index on lower(email) that this check cannot see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = reverse_lazy("orders:dashboard")
LOGOUT_REDIRECT_URL = "/"
vars().update(account_settings.ALLAUTH)
# How many proxies of our own append to X-Forwarded-For; 0: the header is never believed.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
STAFF_IDLE_SECONDS = 30 * 60
STAFF_SESSION_SECONDS = 12 * 60 * 60

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "smmpanel.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Files ------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "smmpanel" / "static"]
# A demonstration is looked at from where it runs: to pack its files would only make its first start
# longer.
STATIC_STORAGE = (
    "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
    if DEMO
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
# Files are for our own pages: no other site's scripts have a use for them.
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- Browser security -------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = browser.content_policy(
    gateways=env.list("GATEWAY_ORIGINS", default=["https://checkout.stripe.com"])
)
IS_HTTPS = not (DEBUG or DEMO)
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 63_072_000 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = LANGUAGE_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = LANGUAGE_COOKIE_SAMESITE = "Lax"
# Not in a cookie of their own, which could have no __Host- name.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SESSION_SERIALIZER = "django.contrib.sessions.serializers.JSONSerializer"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Nothing is written to disk, and no more is kept of a file than it takes to refuse it.
FILE_UPLOAD_HANDLERS = ["wallet.uploads.CappedUploadHandler"]
DATA_UPLOAD_MAX_NUMBER_FILES = 1
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Mail -------------------------------------------------------------------------------------
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="dummymail://" if DEMO else "consolemail://")
vars().update(EMAIL_CONFIG)
EMAIL_TIMEOUT = 15  # seconds; shorter than the lease of a claimed mail
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="panel@localhost")

# Who hears of providers that fail or run out of money; empty: all who may change providers.
STAFF_ALERT_EMAIL = env.str("STAFF_ALERT_EMAIL", default="")

# --- Work behind the pages --------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
vars().update(work_settings.CELERY)
CELERY_BEAT_SCHEDULE = beat.SCHEDULE

# --- Providers and gateways -------------------------------------------------------------------
# host:port pairs that may be plain http or private addresses; `check --deploy` refuses any.
PROVIDER_DEV_HOSTS = env.list("PROVIDER_DEV_HOSTS", default=[])
# The same for the servers of customers; a demonstration lets one be tried on the same machine.
WEBHOOK_DEV_HOSTS = env.list(
    "WEBHOOK_DEV_HOSTS", default=["127.0.0.1:9000", "localhost:9000"] if DEMO else []
)
DEMO_PROVIDER_URL = env.str("DEMO_PROVIDER_URL", default="")
DEMO_PROVIDER_KEY = env.str("DEMO_PROVIDER_KEY", default="")
# A restricted key of the one account that serves this panel alone; empty: Stripe is not offered.
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
# Empty: Stripe's own address. Tests and the demonstration name the fake's.
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_WEBHOOK_SECRETS = env.list("STRIPE_WEBHOOK_SECRETS", default=[])
STRIPE_LIVE_MODE = env.bool("STRIPE_LIVE_MODE", default=False)
# Bank transfers: the account to pay to as customers read it, "\n" between its lines; empty: not
# offered. Amounts in USD; from the last one on two people confirm a payment.
MANUAL_DETAILS = env.str(
    "MANUAL_DETAILS", multiline=True, default=demo_details.BANK if DEMO else ""
)
MANUAL_MINIMUM = env.str("MANUAL_MINIMUM", default="10")
MANUAL_MAXIMUM = env.str("MANUAL_MAXIMUM", default="10000")
MANUAL_SECOND_PERSON_FROM = env.str("MANUAL_SECOND_PERSON_FROM", default="100")
MANUAL_DAYS = env.int("MANUAL_DAYS", default=14)
# In USD: from so much on two people decide what became of an uncertain order.
UNCERTAIN_SECOND_PERSON_FROM = env.str("UNCERTAIN_SECOND_PERSON_FROM", default="100")
# Who receipts are from; without a name the site's.
COMPANY_NAME = env.str("COMPANY_NAME", default="") or SITE_NAME
COMPANY_ADDRESS = env.str(
    "COMPANY_ADDRESS", multiline=True, default=demo_details.ADDRESS if DEMO else ""
)
COMPANY_TAX_ID = env.str("COMPANY_TAX_ID", default="")
# A TrueType file for receipts in letters beyond Western Europe's.
RECEIPT_FONT = env.str("RECEIPT_FONT", default="")
# What a customer may pay in within 24 hours, in USD: less until the account is so many days old.
TOP_UP_DAILY_CAP = env.str("TOP_UP_DAILY_CAP", default="10000")
TOP_UP_DAILY_CAP_NEW = env.str("TOP_UP_DAILY_CAP_NEW", default="500")
TOP_UP_NEW_DAYS = env.int("TOP_UP_NEW_DAYS", default=7)
# The answer of the API confirms an order; a mail for each would flood a reseller.
CONFIRM_API_ORDERS_BY_MAIL = env.bool("CONFIRM_API_ORDERS_BY_MAIL", default=False)
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", default=60)
# Where the panel asks its own API every minute whether it answers; empty: at SITE_URL.
API_PROBE_URL = env.str("API_PROBE_URL", default="")
# How long the list of a customer's own calls goes back.
API_CALLS_KEPT_DAYS = env.int("API_CALLS_KEPT_DAYS", default=30)
FOLLOW_UP_COOL_DOWN_HOURS = env.int("FOLLOW_UP_COOL_DOWN_HOURS", default=24)

REST_FRAMEWORK = rest_settings.REST_FRAMEWORK
SPECTACULAR_SETTINGS = rest_settings.SPECTACULAR

LOGGING = logs.LOGGING
