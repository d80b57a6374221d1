"""Values that break careless programs (S-23, S-24). The markup for S-04 is tests.tickets.corpus."""

from __future__ import annotations

# No plain number: refused wherever a number is asked for.
MISSPELT = [
    "NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E+9999999", "1e2", "1,000", "0x10",
    "true", "[1]", '{"a": 1}', ".5", "--1", "1 2", "½", "9" * 5000,
]  # fmt: skip
# Django's own whole numbers read these; ours do not.
FOREIGN = ["1_000", "+12", "\u0663\u0663", "\uff11\uff12", " 12 ", "12\n", "-0", "5."]
# Numbers, yet too small, too large or too fine for most fields.
EXTREME = [
    "0",
    "-1",
    "0.001",
    "12.345",
    "100000000000000000000",
    "2147483648",
    "9223372036854775808",
]

TEXTS: list[str | bytes] = [
    "nul \x00 inside",
    b"half \xed\xa0\x80 a pair",
    b"overlong \xc0\xaf and no UTF-8 \xff",
    "four bytes \U0001f600 \U0010ffff",
    "\u202eturned\u202c zero\u200bwidth\ufeff",
    "Z" + "\u0351\u0347\u0322" * 300,
    "one\r\nBcc: two@example.com\r\n\r\nthree",
]
LONG = "a" * 300_000

NUMBERS_IN_ADDRESSES = [
    "-1", "1e2", "\u0663", "1_000", "9" * 30, "9223372036854775808", "", "1'", "\u202e1",
]  # fmt: skip
# In the admin, whose lists read all parameters alike.
IN_THE_ADMIN = ["9" * 30, "1'"]

# The pages of long lists, which the small world of these tests has none of.
PAGED = {
    ("/orders/", "below"),
    ("/wallet/", "below"),
    ("/tickets/", "below"),
    ("/staff/tickets/", "below"),
    ("/services/", "page"),
    ("/admin/orders/order/", "p"),
}
