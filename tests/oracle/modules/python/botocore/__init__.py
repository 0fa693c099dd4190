"""Enough of botocore to make clients and to sign a request."""
