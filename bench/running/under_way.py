"""The jobs that a pool works on: each begins, is heard from, and ends with a result, whatever happens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread

from ..api import Handle, Listen, Pool, Progress, Result
from ..errors import BenchError
from ..toolkit.messages import one_line
from ..trial.job import ATTENTIVE_SECONDS, Job
from ..trial.outcome import Attempt
from .results import bring

TRIES = 3
"""How often a job is begun that is lost each time."""

Happening = tuple[Attempt, Progress | Result | BaseException]


class UnderWay:
    """The jobs under way in a pool; `threads` says whether each is waited for in a thread of its own.

    `listen` is called with progress, in the thread that waits for the next end, and there `look` about once a
    second meanwhile: what it raises ends the wait. `warn` is told of jobs that are begun again.
    """

    def __init__(
        self,
        pool: Pool,
        listen: Callable[[Job, Progress], None],
        look: Callable[[], None] = lambda: None,
        warn: Callable[[str], None] = lambda message: None,
        *,
        threads: bool,
    ) -> None:
        self.pool = pool
        self.listen = listen
        self.look = look
        self.warn = warn
        self.threads = threads
        self._attempts: dict[str, Attempt] = {}
        self._handles: dict[str, Handle] = {}
        self._tries: Counter[str] = Counter()
        self._happened: SimpleQueue[Happening] = SimpleQueue()

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._attempts)

    @property
    def since(self) -> dict[str, str]:
        """Since when each is under way, by its id: UTC in ISO 8601."""
        return {id: attempt.stamp for id, attempt in self._attempts.items()}

    def takes(self, job: Job) -> bool:
        """Tell whether a job can begin now. One alone always can."""
        return not self._attempts or self.pool.takes(job)

    def start(self, job: Job) -> None:
        """Begin a job."""
        self._tries[job.id] += 1
        attempt = self._attempts[job.id] = Attempt(job)
        try:
            handle = self._handles[job.id] = self.pool.submit(job)
        except (Exception, SystemExit) as error:
            self._happened.put((attempt, _failed(job, error)))
            return
        if self.threads:
            Thread(target=self._wait, args=(attempt, handle), daemon=True).start()

    def next(self) -> tuple[Attempt, Result]:
        """Wait until a job ends; return it, and what came of it, whose files are there until `close`.

        One that is lost with the place where it ran is begun again, a few times, from what is left of it.
        Raises what ended the wait if it was no ordinary error: an interrupt.
        """
        while True:
            attempt, result = self._next()
            if result.record is not None or result.cause != "lost" or self._tries[attempt.job.id] >= TRIES:
                return attempt, result
            self.warn(f"{attempt.job.title}: {result.reason}; it is begun again")
            bring(attempt.job, result.folder)
            self._let_go(attempt.job)
            self.start(attempt.again(result.reason, result.cause))

    def _next(self) -> tuple[Attempt, Result]:
        if not self.threads and self._happened.empty():
            ((id, handle),) = self._handles.items()
            attempt = self._attempts[id]
            return attempt, _ending(attempt.job, handle, partial(self.listen, attempt.job))
        while True:
            attempt, what = self._take()
            if isinstance(what, Progress):
                self.listen(attempt.job, what)
            elif isinstance(what, Result):
                return attempt, what
            else:
                raise what

    def close(self, job: Job) -> None:
        """Let go of a job that has ended."""
        self._let_go(job)
        del self._tries[job.id]

    def _let_go(self, job: Job) -> None:
        del self._attempts[job.id]
        if job.id in self._handles:
            self._handles.pop(job.id).close()

    def _take(self) -> Happening:
        while True:
            with suppress(Empty):
                return self._happened.get(timeout=ATTENTIVE_SECONDS)
            self.look()

    def _wait(self, attempt: Attempt, handle: Handle) -> None:
        def listen(progress: Progress) -> None:
            self._happened.put((attempt, progress))

        try:
            self._happened.put((attempt, _ending(attempt.job, handle, listen)))
        except BaseException as error:
            self._happened.put((attempt, error))


def _ending(job: Job, handle: Handle, listen: Listen) -> Result:
    try:
        return handle.result(listen)
    except (Exception, SystemExit) as error:
        return _failed(job, error)


def _failed(job: Job, error: BaseException) -> Result:
    """Return the result of a job that its executor failed to run."""
    text = one_line(error)
    reason = text if isinstance(error, BenchError) else f"the executor failed: {type(error).__name__}: {text}"
    return Result(job.folder, cause="executor", reason=reason)
