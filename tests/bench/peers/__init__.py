"""The engines that ours is measured beside. Each says why it is left out where it is not installed."""
