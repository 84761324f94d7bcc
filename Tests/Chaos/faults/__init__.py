"""Every fault, by its kind."""
from . import clients, clocks, links, network, nodes, postgres, redis, resources, together

MODULES = (nodes, postgres, redis, links, network, resources, clocks, clients, together)
ALL = {fault.kind: fault for module in MODULES for fault in module.FAULTS}
