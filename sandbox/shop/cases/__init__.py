"""Named cases: one order each, and what must become of it. The catalogue: ``cases.catalogue.CASES``."""

from sandbox.shop.cases.case import Case, Document, Item, Made, Money, Outcome, Verdict
from sandbox.shop.cases.catalogue import CASES, make_case

__all__ = ["CASES", "Case", "Document", "Item", "Made", "Money", "Outcome", "Verdict", "make_case"]
