"""What a stress test writes for machines of CI."""
