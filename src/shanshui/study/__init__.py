"""Floor 3: what a run is. study.toml becomes a plan, the plan passes, the passes products with receipts."""
