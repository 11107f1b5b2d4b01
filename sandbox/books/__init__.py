"""Shop against books, by an independent reading of the rules: SQL, a few lines of Python, nothing of the package's own.

It judges under the default settings (one document per order, retail to one counterparty, delivery taxed like its
goods; ``Terms`` has others) and by what the shop says now: a document posted before its order was changed shows as a
difference.
"""

from sandbox.books.check import Difference, Result, check
from sandbox.books.due import Terms

__all__ = ["Difference", "Result", "Terms", "check"]
