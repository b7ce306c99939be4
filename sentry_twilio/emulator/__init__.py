"""Twilio's Messages API on loopback: the same paths and answers, and it fails on request.

Nothing leaves the machine: a message ends on a phone drawn in the browser.
"""
