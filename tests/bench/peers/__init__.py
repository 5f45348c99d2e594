"""The engines that ours is measured beside, each behind the same few calls: `tests.bench.peers.peer`."""
