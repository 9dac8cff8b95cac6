"""How a process that runs for long lets Python look for garbage.

It will not hold on to anything: what is no longer referred to is freed at once, as ever.
"""

import gc

THRESHOLDS = 10_000, 20, 50


def settle() -> None:
    """What is loaded now stays, so leave it out of every search for cycles, and search less often.

    Each request makes some thousand objects; with Python's own thresholds a search came several
    times in each, through all the libraries (measured: a tenth of the time of a completed task).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
