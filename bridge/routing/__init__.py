"""Who answers, who may ask, and how much: pure decisions."""
