"""Play the dialogues of a run in several processes, on this machine or on many.

One process, the *driver*, holds the plan, the limits and the run file. The others, its *workers*,
have models and targets of their own, play what they are handed, and send what happens back, as the
statements that the driver commits. A turn is on disk before its dialogue goes on, exactly as in one
process; so a worker may die at any moment, and others go on where it stood.

    messages    what driver and workers say to each other
    channel     how it gets there: a socket here, a Dask cluster's own connections in `dask_cluster`
    setup       what a worker needs to play, and what it must have in common with the driver
    desk        which dialogues are left, who holds them, and how many each may play at once
    lost        what is on file of what a lost worker played
    workplace   where workers are, whoever runs their processes
    driver      the executor: hands out shards, commits what comes back
    worker      the other side: plays, records and spends through the driver
    processes   workers that are processes of this machine
    dask_cluster  workers on a Dask cluster
    choice      how many processes pay, and which cluster is meant
"""
