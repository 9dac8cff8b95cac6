"""Settings for gunicorn: several processes with a few threads each.

    gunicorn --config deploy/gunicorn.conf.py

WEB_CONCURRENCY is the number of processes. The app is loaded in each of them, since a connection to
the database cannot be shared over a fork.
"""

import multiprocessing
import os

wsgi_app = "webapp.wsgi:make()"
bind = os.environ.get("RODTRAD_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY", multiprocessing.cpu_count() + 1))
worker_class = "gthread"
threads = 4
timeout = 60
graceful_timeout = 30  # what is under way is finished; systemd and compose wait longer
max_requests = 20_000
max_requests_jitter = 2_000
limit_request_line = 4094
control_socket_disable = True  # nobody uses it, and its folder need not be writable
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112


def child_exit(server, worker):  # noqa: ARG001
    """A process that is gone no longer counts among the living (PROMETHEUS_MULTIPROC_DIR)."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)
