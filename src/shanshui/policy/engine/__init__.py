"""What answers questions by rules: weighing, decisions, the smallest change, the trace."""
