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
        from bench import everything  # noqa: PLC0415 - models need the settings

        found = everything.measure()
        sys.stdout.write(found.written())
        return 0 if found.is_kept else 1


if __name__ == "__main__":
    sys.exit(main())
