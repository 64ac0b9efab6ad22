"""What may be done where: access lists, parcels and their decisions (paper 3.3, 3.4)."""
