"""What the engine costs, measured beside what it cannot do without; printed, never asserted."""
