"""A whole OpenStack Swift with its S3 door, in one process, for tests.

Run as ``python swift_node.py FOLDER``. One device, one replica, four servers (account, container,
object, proxy) as green threads on loopback ports that the system chooses. It prints one JSON line
``{"port": …}`` when it answers, and ends when its standard input closes: a test process that is
killed therefore never leaves a server behind.
"""

import configparser
import json
import os
import socket
import sys
from pathlib import Path

from swift.common.utils import monkey_patch

monkey_patch()

# Swift must patch the standard library before anything opens a socket.
import eventlet  # noqa: E402
import eventlet.wsgi  # noqa: E402
from cryptography.fernet import Fernet  # noqa: E402
from swift.common import utils, wsgi  # noqa: E402
from swift.common.ring import RingBuilder  # noqa: E402
from swift.common.storage_policy import reload_storage_policies  # noqa: E402

PARTITION_POWER = 3
BACKENDS = ("account", "container", "object")
PIPELINE = "catch_errors gatekeeper healthcheck listing_formats s3api tempauth slo dlo proxy-server"


def listen() -> socket.socket:
    return eventlet.listen(("127.0.0.1", 0), reuse_port=False, backlog=128)


def write_conf(path: Path, sections: dict[str, dict[str, str]]) -> None:
    parser = configparser.RawConfigParser()
    parser.read_dict(sections)
    with path.open("w", encoding="utf-8") as out:
        parser.write(out)


def write_ring(folder: Path, name: str, port: int) -> None:
    builder = RingBuilder(PARTITION_POWER, 1, 1)
    builder.add_dev(
        {
            "id": 0,
            "region": 1,
            "zone": 1,
            "weight": 1.0,
            "ip": "127.0.0.1",
            "port": port,
            "device": "disk",
        }
    )
    builder.rebalance()
    builder.get_ring().save(str(folder / f"{name}.ring.gz"))


def write_backend(folder: Path, name: str) -> Path:
    path = folder / f"{name}-server.conf"
    common = {
        "swift_dir": str(folder),
        "devices": str(folder / "devices"),
        "mount_check": "false",
        "log_address": str(folder / "no-syslog"),
        "fallocate_reserve": "0",
        "disable_fallocate": "true",
    }
    write_conf(
        path,
        {
            "DEFAULT": common,
            "pipeline:main": {"pipeline": f"{name}-server"},
            f"app:{name}-server": {"use": f"egg:swift#{name}"},
        },
    )
    return path


def write_proxy(folder: Path, key: str, secret: str) -> Path:
    path = folder / "proxy-server.conf"
    filters = {
        f"filter:{name}": {"use": f"egg:swift#{name}"}
        for name in PIPELINE.split()
        if name != "proxy-server"
    }
    account, user = key.split(":")
    filters["filter:s3api"] |= {"s3_acl": "false", "location": "us-east-1"}
    filters["filter:tempauth"] |= {
        f"user_{account}_{user}": f"{secret} .admin",
        "fernet_key_one": Fernet.generate_key().decode(),
        "active_fernet_key_id": "one",
    }
    write_conf(
        path,
        {
            "DEFAULT": {"swift_dir": str(folder), "log_address": str(folder / "no-syslog")},
            "pipeline:main": {"pipeline": PIPELINE},
            "app:proxy-server": {
                "use": "egg:swift#proxy",
                "account_autocreate": "true",
                "allow_account_management": "true",
            },
            **filters,
        },
    )
    return path


def serve(conf_path: Path, sock: socket.socket) -> None:
    """What ``swift.common.wsgi.run_server`` does, without its choice of a new hub for each server."""
    app = wsgi.loadapp(str(conf_path), global_conf={"log_name": conf_path.stem})
    eventlet.spawn(
        eventlet.wsgi.server,
        sock,
        app,
        wsgi.NullLogger(),
        protocol=wsgi.SwiftHttpProtocol,
        capitalize_response_headers=False,  # S3 clients want ETag, not Etag.
    )


def wait_for_end_of_input() -> None:
    while True:
        eventlet.hubs.trampoline(sys.stdin.fileno(), read=True)
        if not os.read(sys.stdin.fileno(), 1024):
            return


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    key, secret = os.environ["SWIFT_NODE_KEY"], os.environ["SWIFT_NODE_SECRET"]
    (folder / "devices" / "disk").mkdir(parents=True, exist_ok=True)
    write_conf(
        folder / "swift.conf",
        {
            "swift-hash": {"swift_hash_path_suffix": "test", "swift_hash_path_prefix": "test"},
            "storage-policy:0": {"name": "only", "default": "yes"},
        },
    )
    utils.set_swift_dir(str(folder))
    reload_storage_policies()
    sockets = {name: listen() for name in (*BACKENDS, "proxy")}
    for name in BACKENDS:
        write_ring(folder, name, sockets[name].getsockname()[1])
        serve(write_backend(folder, name), sockets[name])
    serve(write_proxy(folder, key, secret), sockets["proxy"])
    print(json.dumps({"port": sockets["proxy"].getsockname()[1]}), flush=True)
    wait_for_end_of_input()


if __name__ == "__main__":
    main()
