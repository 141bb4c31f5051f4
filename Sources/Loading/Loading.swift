// YAML text to validated runbook, system and inventory values.
