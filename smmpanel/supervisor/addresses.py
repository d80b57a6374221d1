"""Which ports one run uses, and the environment names that follow from them."""

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from smmpanel.embedded.runtime import Runtime
from smmpanel.embedded.valkey import HOST
from smmpanel.supervisor import processes
from smmpanel.supervisor.ports import free_port_from, parse_port
from smmpanel.supervisor.processes import Process

WEB_PORT = 8000
PROVIDER_PORT = 8100
STRIPE_PORT = 8200
TRUE = {"true", "on", "ok", "y", "yes", "1"}  # what django-environ takes for true


@dataclass(frozen=True)
class Addresses:
    """`provider_port` is None outside a demonstration; `stripe_port` too, and where the environment
    has a key of Stripe's own: then payments are made there, in its test mode."""

    site_url: str
    port: int
    provider_port: int | None
    stripe_port: int | None
    secret: str

    @property
    def environ(self) -> dict[str, str]:
        """What the processes, and commands in other shells, must know of this run."""
        environ = {"SITE_URL": self.site_url}
        if self.provider_port is not None:
            authority = f"{HOST}:{self.provider_port}"
            environ["DEMO_PROVIDER_URL"] = f"http://{authority}/api/v2"
            environ["PROVIDER_DEV_HOSTS"] = authority
        if self.stripe_port is not None:
            gateway = f"http://{HOST}:{self.stripe_port}"
            environ["STRIPE_API_BASE"] = environ["GATEWAY_ORIGINS"] = gateway
            environ["STRIPE_SECRET_KEY"] = self._derived("sk_test_")
            environ["STRIPE_WEBHOOK_SECRETS"] = self._derived("whsec_")
        return environ

    def processes(self, *, runtime: Runtime, environ: Mapping[str, str]) -> list[Process]:
        """Everything but the servers, in the order of starting."""
        wanted = [
            processes.web(port=self.port),
            processes.worker(),
            processes.beat(schedule=runtime.root / "celerybeat"),
        ]
        if self.stripe_port is not None:
            stripe = processes.fake_stripe(
                port=self.stripe_port,
                store=runtime.root / "fake-stripe.sqlite3",
                key=self._derived("sk_test_"),
                webhook_url=f"http://{HOST}:{self.port}/webhooks/stripe/",
                webhook_secret=self._derived("whsec_"),
            )
            wanted.insert(0, stripe)
        if self.provider_port is not None:
            provider = processes.demo_provider(
                port=self.provider_port,
                store=runtime.root / "demo-provider.sqlite3",
                key=environ["DEMO_PROVIDER_KEY"],
            )
            wanted.insert(0, provider)
        return wanted

    def _derived(self, prefix: str) -> str:
        """A secret between two processes of this installation, the same at every start."""
        digest = hmac.new(self.secret.encode(), prefix.encode(), hashlib.sha256)
        return prefix + digest.hexdigest()[:32]


def choose_addresses(environ: Mapping[str, str], *, say: Callable[[str], None]) -> Addresses:
    """PORT or 8000, or the next free port, which is said; raises CannotStart when there is none."""
    wanted = parse_port(environ.get("PORT") or str(WEB_PORT))
    port = free_port_from(wanted)
    if port != wanted:
        say(f"port {wanted} is taken by another program; using {port} (choose with PORT=)")
    is_demo = environ.get("DEMO", "").lower() in TRUE
    provider_port = free_port_from(max(PROVIDER_PORT, port + 1)) if is_demo else None
    stripe_port = None
    if provider_port is not None and not environ.get("STRIPE_SECRET_KEY"):
        stripe_port = free_port_from(max(STRIPE_PORT, provider_port + 1))
    return Addresses(
        site_url=environ.get("SITE_URL") or f"http://{HOST}:{port}",
        port=port,
        provider_port=provider_port,
        stripe_port=stripe_port,
        secret=environ.get("SECRET_KEY", ""),
    )
