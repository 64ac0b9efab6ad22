"""What to protect and where: importance, fragility and the red line (paper 2.2)."""
