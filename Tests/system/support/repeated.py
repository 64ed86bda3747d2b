"""Something done again and again while a test does something else."""

import threading


class Repeated(threading.Thread):
    """Calls `action` until the block ends, and keeps what came back."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self.action, self.found, self.ended, self.problem = action, [], threading.Event(), None

    def run(self):
        try:
            while not self.ended.is_set():
                self.found.append(self.action())
        except Exception as problem:  # told in the test's own thread
            self.problem = problem

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self.join(60)
        assert self.problem is None, self.problem
