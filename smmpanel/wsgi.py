import logging
import os
import signal

from smmpanel import handler
from smmpanel.embedded.child import FOLLOWS, follow_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smmpanel.settings")

# A worker of the web server's, below `make up`: whatever ends the server ends it, too.
if os.environ.get(FOLLOWS):
    follow_parent(signal.SIGKILL)

# Two lines are written for each call, and none says which thread and process it came from.
logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False

application = handler.application()
