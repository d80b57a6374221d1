"""Kinds of providers that differ from API v2, at `/as/NAME/api/v2`: one for each preset of the
panel, written down here a second time so that neither is tested against itself."""

import json
from collections.abc import Mapping
from decimal import Decimal

from smmpanel.demo_provider.hearing import JSON, MULTIPART, NOTHING, Said, Speaking, Tongue

_PACKAGES = ("Package", "Custom Comments Package")
_NUMBERS = frozenset({"service", "quantity", "order"})


def spoken(tongue: Tongue, action: str, body: bytes) -> bytes:
    """An answer of API v2 as this kind of provider gives it."""
    said: Said = json.loads(body)
    for speak in tongue.speaking:
        said = speak(action, said)
    return json.dumps(said).encode()


def _number_as(name: str) -> Speaking:
    """Another name for the number of an order, wherever an answer names one."""

    def speak(action: str, said: Said) -> Said:
        if action == "add" and "order" in said:
            return {name: said["order"]}
        if action in ("refill", "cancel") and isinstance(said, list):
            return [{name: one.pop("order"), **one} for one in said]
        return said

    return speak


def _wrapped(verdict: str, text: str) -> Speaking:
    """Everything in `data`, with a verdict around it; the text of an error inside."""

    def speak(_action: str, said: Said) -> Said:
        if isinstance(said, dict) and "error" in said:
            return {verdict: False, "data": {"name": "Refusal", text: said["error"]}}
        return {verdict: True, "data": said}

    return speak


def _lines(names: Mapping[str, str]) -> Speaking:
    """Other names in the price list."""

    def speak(action: str, said: Said) -> Said:
        if action != "services" or not isinstance(said, list):
            return said
        return [{names.get(name, name): value for name, value in one.items()} for one in said]

    return speak


def _per(units: int, *, unit_name: str = "") -> Speaking:
    """Prices for so many, packages as they are."""

    def speak(action: str, said: Said) -> Said:
        if action == "services" and isinstance(said, list):
            for one in said:
                if one["type"] not in _PACKAGES:
                    one["rate"] = str(Decimal(one["rate"]) * units / 1000)
                if unit_name:
                    one[unit_name] = units
        return said

    return speak


def _texts(words: Mapping[str, object]) -> Speaking:
    """Other words for statuses and errors, however deep they stand."""

    def speak(action: str, said: Said) -> Said:
        if isinstance(said, list):
            return [speak(action, one) for one in said]
        if isinstance(said, dict):
            return {
                name: words.get(value, value) if isinstance(value, str) else speak(action, value)
                for name, value in said.items()
            }
        return said

    return speak


def _reports_as(names: Mapping[str, str]) -> Speaking:
    """Other names in reports."""

    def speak(action: str, said: Said) -> Said:
        if action != "status" or not isinstance(said, dict):
            return said
        if "remains" in said:
            return {names.get(name, name): value for name, value in said.items()}
        return {number: speak(action, one) for number, one in said.items()}

    return speak


def _listed(action: str, said: Said) -> Said:
    """Several reports as a list that names their orders."""
    is_many = action == "status" and isinstance(said, dict) and "error" not in said
    if not is_many:
        return said
    return [{"id": int(number), **one} for number, one in said.items()]


def _with_commas(action: str, said: Said) -> Said:
    """Amounts as 1.234,56."""
    if isinstance(said, list):
        return [_with_commas(action, one) for one in said]
    if not isinstance(said, dict):
        return said
    return {
        name: _comma(value)
        if name in ("rate", "charge", "balance")
        else _with_commas(action, value)
        for name, value in said.items()
    }


def _comma(amount: str) -> str:
    whole, _, rest = amount.partition(".")
    grouped = f"{int(whole):,}".replace(",", ".")
    return f"Rp {grouped},{rest}" if rest else f"Rp {grouped}"


_ERRORS = ("Incorrect service ID", "Incorrect order ID", "Invalid API key")
_WORDS = ("Pending", "In progress", "Completed", "Partial", "Canceled")


def _translated(words: tuple[object, ...], errors: tuple[str, ...]) -> Speaking:
    return _texts(
        {**dict(zip(_WORDS, words, strict=True)), **dict(zip(_ERRORS, errors, strict=True))}
    )


TONGUES: Mapping[str, Tongue] = {
    "api_v2": Tongue(),
    "json_body": Tongue(body=JSON, numbers=_NUMBERS),
    "multipart_body": Tongue(body=MULTIPART),
    "get_query": Tongue(method="GET", body=NOTHING),
    "bearer_wrapped": Tongue(
        body=JSON,
        key_field="",
        key_header="Authorization",
        key_prefix="Bearer ",
        speaking=(_number_as("id"), _wrapped("status", "message")),
    ),
    "header_key_paths": Tongue(
        key_field="",
        key_header="X-Api-Key",
        has_action_in_path=True,
        actions={"order/create": "add", "order/status": "none", "orders/status": "status"},
    ),
    "statuses_action": Tongue(
        key_field="api_key",
        actions={"status": "none", "statuses": "status"},
        speaking=(_number_as("order_id"),),
    ),
    "multi_status_price_per_1000": Tongue(
        key_field="token",
        actions={"status": "none", "multiStatus": "status"},
        speaking=(
            _lines({"rate": "price_per_1000", "min": "min_quantity", "max": "max_quantity"}),
        ),
    ),
    "price_per_unit": Tongue(
        speaking=(
            _per(1),
            _lines({"rate": "price"}),
            _number_as("id"),
            _wrapped("success", "message"),
        )
    ),
    "priced_by_unit_field": Tongue(
        parameters={"url": "link"},
        speaking=(
            _per(100, unit_name="price_unit"),
            _lines({"rate": "price", "service": "id"}),
        ),
    ),
    "numeric_statuses": Tongue(
        parameters={"order_id": "order", "order_ids": "orders"},
        speaking=(
            _number_as("order_id"),
            _texts({"Pending": 0, "In progress": 1, "Completed": 2, "Partial": 3, "Canceled": 4}),
        ),
    ),
    "reports_in_a_list": Tongue(body=JSON, speaking=(_number_as("id"), _listed)),
    "one_order_per_call": Tongue(has_batches=False),
    "russian_open_price_list": Tongue(
        has_open_list=True,
        speaking=(
            _translated(
                ("В ожидании", "Выполняется", "Выполнен", "Частично выполнен", "Отменён"),
                ("Неверный ID услуги", "Заказ не найден", "Неверный API ключ"),
            ),
        ),
    ),
    "indonesian_wrapped": Tongue(
        key_field="api_key",
        speaking=(
            _with_commas,
            _lines({"rate": "price", "service": "id"}),
            _number_as("id"),
            _translated(
                ("Menunggu", "Berjalan", "Selesai", "Sebagian", "Dibatalkan"),
                ("Layanan tidak ditemukan", "Pesanan tidak ditemukan", "API key salah"),
            ),
            _wrapped("status", "pesan"),
        ),
    ),
    "vietnamese_start_counter": Tongue(
        body=JSON,
        speaking=(
            _reports_as({"start_count": "start_counter"}),
            _translated(
                ("Đang chờ", "Đang chạy", "Hoàn thành", "Hoàn thành một phần", "Đã hủy"),
                ("Không tìm thấy dịch vụ", "Không tìm thấy đơn hàng", "Invalid API key"),
            ),
        ),
    ),
}
