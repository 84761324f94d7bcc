"""Every figure that the chaos test was given, with its unit and its effect."""

# The network. Hosts are namespaces on one Ethernet, which the switch makes.
SUBNET = "10.77.0"
HOSTS = {"clients": 1, "balancer": 2, "a": 11, "b": 12, "c": 13, "pg1": 21, "pg2": 22, "redis": 31}
NODES = ("a", "b", "c")
MTU = 9000  # bytes
SWITCH_QUEUE = 20_000  # frames on their way at most; further ones are lost

CHAT_PORT, HTTP_PORT, POSTGRES_PORT, REDIS_PORT = 6000, 6080, 5432, 6379
PASSWORD = "correct horse"

# The stores.
POSTGRES_IMAGE = 700 << 20  # bytes of the file system under each PostgreSQL
START_SECONDS = 90  # for a process to become ready, before the run is given up

# The clients.
CONNECT_SECONDS = 3
LOGIN_SECONDS = 12  # without an answer, before a client tries elsewhere
PING_SECONDS = 2  # of silence, before a client asks whether anybody is there
MUTE_SECONDS = (5, 5, 25)  # of silence before a client gives its connection up; clients take turns at these
BACKOFF_SECONDS = (0.05, 1.5)  # the first and the longest; each is doubled, with jitter
ANSWER_SECONDS = 45  # the contract answers or closes within 30 s; above this a command counts as left unanswered
WINDOW = 3  # commands in flight on a connection
SAY_SECONDS = 1.0  # between two commands of a client, on average
ACK_SECONDS = 0.7  # between two acknowledgements

# The run.
KEPT_RUNS = 8  # folders of earlier runs
RECOVERY_SECONDS = 40  # in which everybody must have had a new message after a fault
QUIET_SECONDS = 90  # in which everything said must have arrived, at the end
REST_SECONDS = (0.3, 1.5)  # between two faults
