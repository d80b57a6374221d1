"""One demo provider process for all tests here, emptied before each; hasty deadlines."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from services.providers.client import Endpoint
from services.providers.dialect import API_V2, Dialect
from tests.demo_provider.process import DemoProvider
from tests.services.providers.raw_server import RawServer, Script

KEY = "canary-key/5f+0 d"


@pytest.fixture(scope="session")
def provider_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoProvider]:
    store = tmp_path_factory.mktemp("demo_provider") / "provider.sqlite"
    with DemoProvider(store=store) as running:
        yield running


@pytest.fixture
def provider(provider_process: DemoProvider) -> DemoProvider:
    provider_process.reset()
    return provider_process


@pytest.fixture
def endpoint(provider: DemoProvider) -> Endpoint:
    return Endpoint(url=provider.url, key=provider.key, dev_hosts=frozenset({provider.host}))


@pytest.fixture
def hasty() -> Dialect:
    return replace(
        API_V2, add_deadline_seconds=0.3, read_deadline_seconds=0.3, connect_timeout_seconds=0.2
    )


@pytest.fixture
def raw_server() -> Iterator[Callable[[Script], RawServer]]:
    with ExitStack() as stack:
        yield lambda script: stack.enter_context(RawServer(script))


def endpoint_of(server: RawServer) -> Endpoint:
    return Endpoint(url=server.url, key=KEY, dev_hosts=frozenset({server.host}))
