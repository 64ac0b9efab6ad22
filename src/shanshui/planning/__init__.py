"""Plans: what to protect under budgets, targets and shares, with a proof of how good the answer is."""
