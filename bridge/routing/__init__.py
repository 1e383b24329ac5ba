"""Who answers, who may ask, and how much: decisions without deeds."""
