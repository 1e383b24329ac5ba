"""The platforms: each adapter hears people, and lends a place to answer them."""
