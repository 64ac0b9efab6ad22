"""Where the land is fragile: erosion by water and wind (paper 2.2, 3.1)."""
