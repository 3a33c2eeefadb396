"""Plain records of a stress test, and what is written from them for machines of CI."""
