"""The command behind `make reset`: remove everything a `make up` keeps."""

import shutil
import sys

from smmpanel.embedded.account import server_home
from smmpanel.embedded.errors import CannotStart
from smmpanel.embedded.runtime import Runtime


def main() -> None:
    runtime = Runtime.of_this_project()
    runtime.prepare()
    with runtime.locked() as is_ours:
        if not is_ours:
            raise CannotStart("the panel is running; stop it first (Ctrl-C where it runs).")
        homes = {server_home(runtime.root), runtime.root}
        for home in homes:
            shutil.rmtree(home)


if __name__ == "__main__":
    try:
        main()
    except CannotStart as error:
        sys.exit(f"reset: {error}")
