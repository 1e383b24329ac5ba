"""What must survive a restart: the inbox, the memories of people with bots, and the leases of replicas."""
