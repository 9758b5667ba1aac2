"""The server side: connections, requests and responses, the proxy's own endpoints."""
