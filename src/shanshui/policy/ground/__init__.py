"""Control layers, and exactly what parcels overlap of them."""
