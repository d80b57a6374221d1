"""How many decimals a currency has: gateways count in the smallest coins of each.

The ledger is in US dollars alone (WAL-09). Other currencies are only ever shown: on payments that
came in one of them and were set aside. Source: docs/payments.md, "Currencies".
"""

LEDGER_CURRENCY = "usd"
MICROS_PER_CENT = 10_000

_USUAL_DECIMALS = 2
_NO_DECIMALS = frozenset(
    "bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf".split()  # noqa: SIM905
)
_MICROS_PER_COIN = {0: 1_000_000, 2: 10_000, 3: 1_000}
_THREE_DECIMALS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])


def decimals_of(currency: str) -> int:
    """Digits after the point; two for a currency that is not in the table."""
    if currency in _NO_DECIMALS:
        return 0
    return 3 if currency in _THREE_DECIMALS else _USUAL_DECIMALS


def in_words(coins: int, currency: str) -> str:
    """ "12.50 EUR", "1250 JPY", "−1.250 KWD", from the smallest coins."""
    decimals = decimals_of(currency)
    whole, rest = divmod(abs(coins), 10**decimals)
    amount = f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
    return f"{'−' if coins < 0 else ''}{amount} {currency.upper()}"


def micros_of(coins: int, currency: str) -> int:
    """Millionths of one unit of the currency."""
    return coins * _MICROS_PER_COIN[decimals_of(currency)]
