"""How fast the bridge is, beside the least that the same libraries need."""
