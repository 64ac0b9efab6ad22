"""From the red line of today to that of tomorrow, patch by patch (paper 2.2)."""
