"""Rules as data: packs, the rule book in words, and the tables by which chapters rank and decide."""
