"""What nature provides: water, soil, sand and flood (paper 2.1, 3.1)."""
