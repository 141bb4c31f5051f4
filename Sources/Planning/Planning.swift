// Runbook, inventory and observation to a Plan. No input or output happens here.
