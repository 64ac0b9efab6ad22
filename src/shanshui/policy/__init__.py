"""Floor 1: rules and parameters as dated data, each with its source and status."""
