"""
Run a ward's prize draw from the Google Form to the proof of erasure.

The steps, in the order in which the data passes: prepare, intake, freeze, draw, notify, claim, forfeit, ship,
analyse, erase; status tells where a campaign stands. Each step is one module of that name.

In a function the garbage collector rests while modules are imported, from here on until `edge` has made the function:
it would go through all of them several times and find nothing, which is a fifth of a cold start
(`docs/decisions/runtime.md`). Nor does pydantic look through all packages for a plugin of its own: there is none.
"""

import gc
import os

if "FUNCTION_TARGET" in os.environ:  # set by functions-framework before it imports a function
    gc.disable()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
