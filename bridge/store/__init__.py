"""What must survive: the inbox, who remembers what with whom, and who holds which lease."""
