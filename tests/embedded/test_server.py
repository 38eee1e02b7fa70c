"""The embedded server's life: started, shared, killed, recovered, forked around, stopped."""

import os
import signal
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from leadhub.lib.embedded import processes
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import Address, EmbeddedPostgres, server_for
from tests.embedded.helpers import (
    HOLD,
    ask,
    is_answering,
    kill_postmaster,
    let_go,
    output_of,
    postmaster_of,
)
from tests.waiting import PATIENCE, wait_until


def test_the_server_is_durable_and_its_database_speaks_utf8(server: EmbeddedPostgres) -> None:
    address = server.ensure_running()

    settings = ("fsync", "synchronous_commit", "full_page_writes", "max_connections", "shared_buffers")
    assert [ask(address, f"SHOW {name}") for name in settings] == ["on", "on", "on", "200", "256MB"]
    assert ask(address, "SELECT current_user || '@' || current_database()") == "leadhub@leadhub"
    assert ask(address, "SHOW server_encoding") == "UTF8"
    assert ask(address, "SELECT upper('é')") == "É"


def test_the_server_has_no_tcp_port(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()

    assert ask(address, "SHOW listen_addresses") == ""
    assert (cluster_below(root).data / "postmaster.pid").read_text().splitlines()[5] == ""


def test_only_the_servers_user_enters_the_socket_directory(server: EmbeddedPostgres, root: Path) -> None:
    status = server.ensure_running().socket_directory.stat()

    assert stat.S_IMODE(status.st_mode) == 0o700
    assert status.st_uid == cluster_below(root).account.uid


def test_a_second_start_is_quick(server: EmbeddedPostgres) -> None:
    def start_again() -> float:
        server.release()
        began = time.monotonic()
        assert is_answering(server.ensure_running().url)
        return time.monotonic() - began

    server.ensure_running()

    # Once is enough: a busy machine makes any start slow.
    assert any(start_again() < 1.5 for _ in range(20))


def test_ensuring_again_gives_the_same_server(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    postmaster = postmaster_of(root)

    again = server.ensure_running()

    assert again == address
    assert postmaster_of(root) == postmaster


def test_one_process_has_one_server_for_a_root(root: Path) -> None:
    assert server_for(root) is server_for(root.parent / "elsewhere" / ".." / "var")


def test_release_stops_the_server_and_may_be_called_again(server: EmbeddedPostgres) -> None:
    address = server.ensure_running()

    server.release()
    server.release()

    assert not is_answering(address.url)


def test_simultaneous_threads_and_processes_start_one_server(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    log = cluster_below(root).log
    said_before = len(log.read_text()) if log.exists() else 0
    others = [start(HOLD, root) for _ in range(2)]
    found: list[Address] = []
    threads = [threading.Thread(target=lambda: found.append(server.ensure_running())) for _ in range(4)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    urls = {other.stdout.readline().strip() for other in others if other.stdout} | {address.url for address in found}
    assert urls == {server.ensure_running().url}
    said = log.read_text()[said_before:]
    assert f"[{postmaster_of(root)}] LOG:  starting PostgreSQL" in said
    assert said.count("starting PostgreSQL") == 1


def test_the_last_process_to_leave_stops_the_server(root: Path, start: Callable[..., subprocess.Popen[str]]) -> None:
    first, last = start(HOLD, root), start(HOLD, root)
    url, same = [process.stdout.readline().strip() for process in (first, last) if process.stdout]

    let_go(first)
    after_the_first = is_answering(url)
    let_go(last)

    assert url == same
    assert after_the_first
    assert not is_answering(url)
    assert processes.server_processes(cluster_below(root).name, uid=cluster_below(root).account.uid) == set()


def test_a_server_whose_starter_was_killed_is_adopted_and_then_stopped(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = start(HOLD, root)
    assert starter.stdout
    url = starter.stdout.readline().strip()
    postmaster = postmaster_of(root)
    starter.kill()
    starter.wait()
    assert is_answering(url)

    adopted = server.ensure_running()
    adopted_postmaster = postmaster_of(root)
    server.release()

    assert adopted.url == url
    assert adopted_postmaster == postmaster
    assert not is_answering(url)


def test_a_killed_postmaster_is_replaced_and_committed_data_is_there(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    ask(address, "DROP TABLE IF EXISTS kept")
    ask(address, "CREATE TABLE kept AS SELECT 42 AS value")
    killed = postmaster_of(root)
    kill_postmaster(root)

    recovered = server.ensure_running()

    assert recovered == address
    assert ask(recovered, "SELECT value FROM kept") == 42
    assert postmaster_of(root) != killed


def test_a_busy_orphan_of_a_killed_postmaster_does_not_stand_in_the_way(server: EmbeddedPostgres, root: Path) -> None:
    address = server.ensure_running()
    client = psycopg.connect(address.url)
    backend = client.info.backend_pid
    # It looks after its postmaster only when it waits for something, which it never does.
    client.pgconn.send_query(b"DO 'BEGIN LOOP END LOOP; END'")
    wait_until(lambda: ask(address, f"SELECT state FROM pg_stat_activity WHERE pid = {backend}") == "active")
    kill_postmaster(root)
    assert processes.is_alive(backend)

    recovered = server.ensure_running()

    assert not processes.is_alive(backend)
    assert is_answering(recovered.url)
    client.close()


def test_another_process_recovers_what_this_one_lost(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    address = server.ensure_running()
    kill_postmaster(root)

    other = start(HOLD, root)
    assert other.stdout
    url = other.stdout.readline().strip()

    assert url == address.url
    assert server.answers()
    let_go(other)
    assert server.answers()


def test_a_pid_file_that_names_a_stranger_is_no_obstacle(server: EmbeddedPostgres, root: Path) -> None:
    server.ensure_running()
    cluster = cluster_below(root)
    kill_postmaster(root)
    stranger = subprocess.Popen(["sleep", "60"], user=cluster.account.uid if cluster.account.is_other else None)
    for claim in (cluster.data / "postmaster.pid", cluster.address.socket_directory / ".s.PGSQL.5432.lock"):
        claim.write_text("\n".join([str(stranger.pid), *claim.read_text().splitlines()[1:], ""]))

    address = server.ensure_running()

    assert is_answering(address.url)
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_ctrl_c_in_the_terminal_does_not_reach_the_server(
    root: Path, server: EmbeddedPostgres, start: Callable[..., subprocess.Popen[str]]
) -> None:
    starter = start(HOLD, root, start_new_session=True)
    assert starter.stdout
    url = starter.stdout.readline().strip()
    server.ensure_running()
    postmaster = postmaster_of(root)

    os.killpg(starter.pid, signal.SIGINT)
    starter.wait(timeout=PATIENCE)

    assert is_answering(url)
    assert postmaster_of(root) == postmaster
    assert os.getsid(postmaster) not in {os.getsid(0), starter.pid}


def test_a_forked_child_that_exits_does_not_stop_the_server(root: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
if (child := os.fork()) == 0:
    sys.exit(0)  # and so through atexit
print(os.waitpid(child, 0)[1], server.answers())
"""

    assert output_of(script, root) == "0 True\n"


def test_a_forked_child_does_not_keep_the_server_from_stopping(root: Path) -> None:
    script = """
import os, signal, sys, time
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
if (child := os.fork()) == 0:
    time.sleep(60)
server.release()
print(cluster_below(Path(sys.argv[1])).answers())
os.kill(child, signal.SIGKILL)
"""

    assert output_of(script, root) == "False\n"


def test_a_forked_child_that_uses_the_server_has_its_own_hold(root: Path) -> None:
    script = """
import os, sys
from pathlib import Path
from leadhub.lib.embedded.cluster import cluster_below
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
server.ensure_running()
ready, done = os.pipe(), os.pipe()
if (child := os.fork()) == 0:
    server.ensure_running()
    os.write(ready[1], b"1")
    os.read(done[0], 1)
    sys.exit(0)
os.read(ready[0], 1)
server.release()
print(cluster_below(Path(sys.argv[1])).answers())
os.write(done[1], b"1")
os.waitpid(child, 0)
print(cluster_below(Path(sys.argv[1])).answers())
"""

    assert output_of(script, root) == "True\nFalse\n"


def test_a_child_forked_while_another_thread_starts_the_server_can_start_it_too(root: Path) -> None:
    script = """
import os, sys, threading, time
from pathlib import Path
from leadhub.lib.embedded.server import server_for
server = server_for(Path(sys.argv[1]))
opened, pipe = threading.Event(), os.pipe
def slow_pipe():  # of a program of the server's start, which a child must not hold
    ends = pipe()
    if server._hold:
        opened.set()
        time.sleep(0.05)
    return ends
os.pipe = slow_pipe
thread = threading.Thread(target=server.ensure_running)
thread.start()
opened.wait(20)
if (child := os.fork()) == 0:
    server.ensure_running()
    sys.exit(0)
print(os.waitpid(child, 0)[1])
thread.join()
print(server.answers())
"""

    assert output_of(script, root) == "0\nTrue\n"
