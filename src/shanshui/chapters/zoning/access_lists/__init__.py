"""Access lists of industries: what they say, whether they contradict each other, and the rules that come of them."""
