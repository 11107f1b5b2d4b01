"""A demo shop's books and the shop itself damaged as people damage them; the reconciliation has to find all of it."""
