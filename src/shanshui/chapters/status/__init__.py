"""How the region has changed (paper 1.1 to 1.3)."""
