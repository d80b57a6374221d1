"""Kinds of providers that are met in the trade, written as changes to API v2.

A preset is named by what it does. Whatever else a provider says differently is changed on top.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import TypeAlias

from services.providers.changing import changed
from services.providers.dialect import API_V2, Dialect

Changes: TypeAlias = Mapping[str, Mapping[str, object]]

DEFAULT = "api_v2"

_JSON: Mapping[str, object] = {"encoding": "json", "sends_numbers": True}
_SHORT_NUMBERS = ["order", "order_id", "id"]

PRESETS: Mapping[str, Changes] = {
    DEFAULT: {},
    "json_body": {"calling": _JSON},
    "multipart_body": {"calling": {"encoding": "multipart"}},
    "get_query": {"calling": {"method": "GET", "encoding": "query"}},
    "bearer_wrapped": {
        "calling": {**_JSON, "key_place": "bearer"},
        "answers": {"wrappers": ["data"]},
        "fields": {"order": _SHORT_NUMBERS},
    },
    "header_key_paths": {
        "calling": {"key_place": "header", "key_name": "X-Api-Key", "action_place": "path"},
        "actions": {"add": "order/create", "status": "order/status", "statuses": "orders/status"},
    },
    "statuses_action": {
        "actions": {"statuses": "statuses"},
        "calling": {"key_name": "api_key"},
        "fields": {"order": ["order", "order_id"]},
    },
    "multi_status_price_per_1000": {
        "actions": {"statuses": "multiStatus"},
        "calling": {"key_name": "token"},
        "fields": {"rate": ["price_per_1000"], "min": ["min_quantity"], "max": ["max_quantity"]},
    },
    "price_per_unit": {
        "prices": {"per": 1},
        "answers": {"wrappers": ["data"]},
        "fields": {"rate": ["price", "rate"], "order": _SHORT_NUMBERS},
    },
    "priced_by_unit_field": {
        "fields": {"rate": ["price"], "unit": ["price_unit"], "service": ["id"]},
        "parameters": {"link": "url"},
    },
    "numeric_statuses": {
        "words": {
            "pending": ["0"],
            "processing": ["1"],
            "completed": ["2"],
            "partial": ["3"],
            "canceled": ["4", "5"],
        },
        "fields": {"order": ["order_id"]},
        "parameters": {"order": "order_id", "orders": "order_ids"},
    },
    "reports_in_a_list": {
        "calling": _JSON,
        "answers": {"reports": "list"},
        "fields": {"order": _SHORT_NUMBERS},
    },
    "one_order_per_call": {"limits": {"batch": 1}},
    "russian_open_price_list": {
        "calling": {"has_open_price_list": True},
        "words": {
            "pending": ["В ожидании", "Ожидание", "Ожидает", "В очереди", "Новый"],
            "in_progress": ["В работе", "Выполняется", "В процессе", "Запущен"],
            "processing": ["В обработке", "Обрабатывается"],
            "completed": ["Выполнен", "Выполнено", "Завершен", "Завершён", "Завершено", "Готово"],
            "partial": ["Частично", "Частично выполнен", "Частично выполнено"],
            "canceled": ["Отменен", "Отменён", "Отменено", "Возврат", "Возвращен", "Возвращён"],
            "failed": ["Ошибка"],
        },
        "texts": {
            "refusals": ["Неверный ID услуги", "Услуга не найдена", "Неверная ссылка"],
            "account_refusals": [
                *("Недостаточно средств", "Недостаточно средств на балансе"),
                *("Неверный API ключ", "Неверный ключ API"),
            ],
            "unknown_orders": ["Заказ не найден", "Неверный ID заказа"],
            "rate_limits": ["Слишком много запросов"],
        },
    },
    "indonesian_wrapped": {
        "calling": {"key_name": "api_key"},
        "answers": {"wrappers": ["data"]},
        "fields": {
            "order": _SHORT_NUMBERS,
            "message": ["pesan"],
            "rate": ["price", "rate"],
            "service": ["id", "service"],
        },
        "prices": {"number_style": "comma"},
        "words": {
            "pending": ["Menunggu", "Tertunda"],
            "in_progress": ["Berjalan", "Sedang berjalan"],
            "processing": ["Diproses", "Sedang diproses", "Dalam proses"],
            "completed": ["Selesai", "Sukses", "Berhasil"],
            "partial": ["Sebagian"],
            "canceled": ["Dibatalkan", "Batal", "Dikembalikan"],
            "failed": ["Gagal"],
            "failure": ["Gagal"],
            "success": ["Berhasil", "Sukses"],
        },
        "texts": {
            "refusals": ["Layanan tidak ditemukan", "Layanan tidak tersedia"],
            "account_refusals": [
                *("Saldo tidak cukup", "Saldo Anda tidak mencukupi", "API key salah"),
            ],
            "unknown_orders": ["Pesanan tidak ditemukan"],
        },
    },
    "vietnamese_start_counter": {
        "calling": _JSON,
        "fields": {"start_count": ["start_counter", "start_count"]},
        "words": {
            "pending": ["Chờ xử lý", "Đang chờ"],
            "in_progress": ["Đang chạy", "Đang thực hiện", "Đang tiến hành"],
            "processing": ["Đang xử lý"],
            "completed": ["Hoàn thành", "Đã hoàn thành"],
            "partial": ["Hoàn thành một phần"],
            "canceled": ["Đã hủy", "Đã huỷ", "Hủy", "Hoàn tiền", "Đã hoàn tiền"],
            "failed": ["Thất bại", "Lỗi"],
        },
        "texts": {
            "account_refusals": ["Số dư không đủ", "Tài khoản không đủ tiền"],
            "unknown_orders": ["Không tìm thấy đơn hàng"],
            "refusals": ["Không tìm thấy dịch vụ", "Dịch vụ không tồn tại"],
        },
    },
}


class UnknownPreset(LookupError):
    """No preset has this name."""


@lru_cache(maxsize=64)
def preset(name: str) -> Dialect:
    """The dialect of a preset. Raises UnknownPreset."""
    if name not in PRESETS:
        raise UnknownPreset(name)
    return changed(API_V2, PRESETS[name])
