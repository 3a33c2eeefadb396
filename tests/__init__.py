import os

# Each worker has one thread for matrices: those of several workers would wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
