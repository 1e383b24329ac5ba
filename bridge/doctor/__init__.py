"""Every part of a set-up asked how it is, at once, each with the way out."""
