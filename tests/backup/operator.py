"""The operator's command line as `geo112.start` runs it, each command in a process of its own that drops root.

The processes are forked from this one, in which all is imported: the Python that runs tests may lie where the service
user cannot read (the one that set-up installs never does), and forty commands need not load everything forty times.

    stdin: {"arguments": […], "environment": {…}, "stdout": file, "stderr": file} ─► fork ─► stdout: the exit code
"""

import json
import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import geo112.backup.restoring
import geo112.backup.taking
import geo112.cli  # noqa: F401
from geo112 import start

ThreadPoolExecutor  # noqa: B018  (it is imported when it is asked for)


def run(wanted: dict[str, Any]) -> int:
    """Become the command and return its exit code."""
    for number, name in ((1, "stdout"), (2, "stderr")):
        os.dup2(os.open(wanted[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644), number)
    os.environ.clear()
    os.environ.update(wanted["environment"])
    sys.argv = ["geo112", *wanted["arguments"]]
    try:
        return start.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    except BaseException:
        traceback.print_exc()
        return 70


if __name__ == "__main__":
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
