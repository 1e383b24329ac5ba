"""How an answer becomes messages on a screen."""
