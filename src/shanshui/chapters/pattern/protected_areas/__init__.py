"""Protected areas made whole: overlaps decided, areas merged, zones, balance and ledger (paper 2.2)."""
