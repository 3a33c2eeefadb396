"""What notebooks show of the objects of all rooms, one module for each kind; see `notebook`."""
