"""Floor 0: the words, the steps, the units, the grid, the zones and the errors that every other floor speaks."""
