"""
Do one piece of work in this process and print what it cost: `python -m bench.fresh MODULE:FUNCTION ARGUMENTS`.

As in a function (`prizedraw.runtime.edge`), the garbage collector leaves out what was imported.
"""

import gc
import json
import sys
from dataclasses import asdict
from importlib import import_module

from bench.measure import Cost

if __name__ == "__main__":
    module, _, function = sys.argv[1].partition(":")
    work = getattr(import_module(module), function)
    gc.freeze()
    cost = work(*json.loads(sys.argv[2]))
    sys.stdout.write(json.dumps(asdict(cost or Cost())) + "\n")
