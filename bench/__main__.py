"""`make bench`: measures on servers of its own, prints a table, writes docs/performance.md.

Exit 1 when a limit is not kept.
"""

from __future__ import annotations

import sys
import warnings

from bench.servers import running


def main() -> int:
    # No files are collected: nobody asks for one here.
    warnings.filterwarnings("ignore", message="No directory at")
    with running():
        import django  # noqa: PLC0415 - settings are read where the servers are by now

        django.setup()
        from bench import (  # noqa: PLC0415 - models need the settings
            add,
            books,
            catalogue,
            following,
            forwarding,
            history,
            orders,
            price_list,
            prices,
            report,
            sync,
        )

        big = books.prepare()
        found = books.measure(big)
        # The books are proven behind it: what follows makes orders that are in none.
        added = add.measure()
        # From here on there are a million open orders more.
        followed, forwarded = following.measure(), forwarding.measure()
        lists = orders.measure(big)
        looked_at = history.measure(big)
        of_history = history.section(looked_at)
        shop, weights = catalogue.measure(big)
        called, served, of_calls = price_list.measure()
        priced = prices.measure()
        of_prices = prices.section(priced)
        # Brings ten thousand services of its own, so it is last.
        lists_read = sync.measure()
        more = [
            added.section(),
            followed.section(),
            forwarded.section(),
            of_history,
            *catalogue.sections(shop, weights),
            of_calls,
            lists_read.section(),
            of_prices,
        ]
        sys.stdout.write(report.write(found, lists, transfers=books.transfers(), more=more))
        is_kept = report.is_kept(
            [*found, *lists, *looked_at, *shop, *called, *priced]
        ) and catalogue.is_kept(weights)
        is_kept = is_kept and lists_read.is_kept and added.is_kept
        is_kept = is_kept and all(
            each.is_kept for each in (*followed.ratios(), *forwarded.ratios(), *served)
        )
        return 0 if is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
