"""The same simulated-user loop through simulate and through its peers."""
