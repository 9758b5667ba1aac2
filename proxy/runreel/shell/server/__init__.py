"""The listening side: connections, requests, the proxy's own endpoints."""
