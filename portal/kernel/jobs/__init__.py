"""Jobs: what is to be done after a commit, written in the transaction that wants it done.

A job is claimed by a conditional UPDATE, so one worker has it on either engine; a worker that dies leaves a claim
that runs out. What fails is tried again, later each time, and in the end stays visible as ``dead``.
"""

from portal.kernel.jobs.doing import claim, run_due, run_one
from portal.kernel.jobs.queue import (
    BACK_OFF,
    CLAIM,
    Again,
    Claimed,
    GiveUp,
    Job,
    Later,
    enqueue,
    job,
    slow_job,
)
from portal.kernel.jobs.standing import KEPT, Queue, dead_jobs, hasten, prune, queue_of, revive

__all__ = [
    "BACK_OFF",
    "CLAIM",
    "KEPT",
    "Again",
    "Claimed",
    "GiveUp",
    "Job",
    "Later",
    "Queue",
    "claim",
    "dead_jobs",
    "enqueue",
    "hasten",
    "job",
    "prune",
    "queue_of",
    "revive",
    "run_due",
    "run_one",
    "slow_job",
]
