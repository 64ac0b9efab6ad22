"""Floor 1: the only code that reads and writes rasters, vectors and tables."""
