"""Forward requests to the upstream, relay its answers and store the exchanges."""
