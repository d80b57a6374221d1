"""One demo provider process, emptied before each test; its orders last 100 seconds."""

from collections.abc import Callable, Iterator

import pytest

from services.providers import client
from services.providers.client import Endpoint
from tests.demo_provider.process import DemoProvider

Place = Callable[..., str]


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProvider]:
    store = tmp_path_factory.mktemp("demo_provider") / "provider.sqlite"
    with DemoProvider(store=store, seconds_per_order=100) as running:
        yield running


@pytest.fixture
def provider(provider_process: DemoProvider) -> DemoProvider:
    provider_process.reset()
    return provider_process


@pytest.fixture
def place(provider: DemoProvider) -> Place:
    endpoint = Endpoint(url=provider.url, key=provider.key, dev_hosts=frozenset({provider.host}))

    def place(name: str, *, service: str = "101", quantity: int = 1000) -> str:
        link = f"https://platform-a.example/{name}"
        fields = {"link": link, "quantity": str(quantity)}
        return client.add(endpoint, service=service, fields=fields)

    return place
