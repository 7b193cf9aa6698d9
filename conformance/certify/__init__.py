"""Certificates: one folder that anybody can check offline. README.md describes its files and the statement."""
