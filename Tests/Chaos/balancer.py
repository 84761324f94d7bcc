"""nginx in front of the nodes."""
import os
import socket

from . import limits
from .processes import Process, await_fact

CONFIGURATION = """
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
worker_processes 1;
pid "{folder}/nginx.pid";
error_log "{folder}/nginx-error.log" warn;
events {{ worker_connections 4096; }}
stream {{
    upstream nodes {{
        least_conn;
{servers}
    }}
    proxy_protocol on;
    proxy_connect_timeout 1s;
    proxy_timeout 1h;
    server {{
        listen {address};
        proxy_pass nodes;
    }}
}}
"""


class Balancer:
    def __init__(self, network, folder):
        self.address = (network.address("balancer"), limits.CHAT_PORT)
        servers = "\n".join(
            f"        server {network.address(node)}:{limits.CHAT_PORT} max_fails=1 fail_timeout=2s;"
            for node in limits.NODES)
        self.file = os.path.join(folder, "nginx.conf")
        with open(self.file, "w") as file:
            file.write(CONFIGURATION.format(
                folder=folder, servers=servers, address=f"{self.address[0]}:{self.address[1]}"))
        self.folder = folder
        self.process = Process("nginx", network.inside("balancer"), folder)

    def start(self):
        self.process.start(["nginx", "-p", self.folder, "-c", self.file, "-e", f"{self.folder}/nginx-error.log"])
        await_fact("nginx listens", self.is_listening, seconds=20)

    def is_listening(self):
        try:
            socket.create_connection(self.address, 1).close()
            return True
        except OSError:
            return False
