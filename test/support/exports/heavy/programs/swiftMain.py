"""OpenStack Swift in one process: the proxy with its API for S3, and a server of each kind. The argument is memcached."""

import os
import subprocess
import sys

import eventlet

eventlet.patcher.monkey_patch(all=False, socket=True, select=True, thread=True)

from eventlet import event, wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.utils import NullLogger, set_swift_dir  # noqa: E402
from swift.common.wsgi import loadapp  # noqa: E402

FOLDER = os.getcwd()
LOOPBACK = "127.0.0.1"

SWIFT = """[swift-hash]
swift_hash_path_prefix = tests
swift_hash_path_suffix = tests
[storage-policy:0]
name = default
default = yes
"""
STORAGE = """[DEFAULT]
devices = {folder}/devices
mount_check = false
swift_dir = {folder}
recon_cache_path = {folder}
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""
PROXY = """[DEFAULT]
swift_dir = {folder}
[pipeline:main]
pipeline = catch_errors gatekeeper cache listing_formats s3api tempauth proxy-server
[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:{memcached}
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:s3api]
use = egg:swift#s3api
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
"""


def write(name, text):
    path = os.path.join(FOLDER, name)
    with open(path, "w") as file:
        file.write(text)
    return path


def serve(listener, config):
    eventlet.spawn(wsgi.server, listener, loadapp(config), log=NullLogger())


def start_storage(kind):
    """Starts the only server of a kind, and writes the ring that leads to it."""
    listener = eventlet.listen((LOOPBACK, 0))
    port = listener.getsockname()[1]
    ring = RingBuilder(4, 1, 1)
    ring.add_dev({"region": 1, "zone": 1, "ip": LOOPBACK, "port": port, "device": "d1", "weight": 1})
    ring.rebalance()
    ring.get_ring().save(os.path.join(FOLDER, kind + ".ring.gz"))
    serve(listener, write(kind + ".conf", STORAGE.format(folder=FOLDER, kind=kind)))


def start_memcached(program):
    """Starts memcached, which tempauth wants. Returns its port."""
    path = os.path.join(FOLDER, "memcached.port")
    user = ["-u", "root"] if os.getuid() == 0 else []
    environment = dict(os.environ, MEMCACHED_PORT_FILENAME=path)
    subprocess.Popen([program, "-l", LOOPBACK, "-p", "-1", "-U", "0"] + user, env=environment)
    while not os.path.exists(path):
        eventlet.sleep(0.02)
    with open(path) as file:
        return dict(line.split(": ") for line in file.read().splitlines())["TCP INET"]


def main():
    os.makedirs(os.path.join(FOLDER, "devices/d1"))
    write("swift.conf", SWIFT)
    set_swift_dir(FOLDER)
    for kind in ("account", "container", "object"):
        start_storage(kind)
    proxy = PROXY.format(folder=FOLDER, memcached=start_memcached(sys.argv[1]))
    listener = eventlet.listen((LOOPBACK, 0))
    serve(listener, write("proxy.conf", proxy))
    print("listening on %d" % listener.getsockname()[1], flush=True)
    event.Event().wait()


main()
