"""Alerts are sent while Twilio fails in every way it can and workers are killed outright.

Afterwards what the outbox says is held against what arrived at Twilio. `make chaos` runs it
with every set-up, `test_chaos.py` a smaller round of it.

- *lost*: a delivery that claims to have been accepted without a message at Twilio that is its
  own, or that ended in no message although nothing that Twilio said for good was the reason;
- *doubled*: more messages at Twilio than deliveries that claim one, for the same recipient and
  text. That one is marked as possibly repeated is no excuse here, where Twilio can be asked;
- *contradicted*: a delivery said to be delivered whose message was not, or the reverse;
- *unaccounted*: a delivery that has not come to an end in time, or that ended without a message
  and without a reason. Accepted is no end: the emulator delivers or fails what it has accepted.

With the caps on, a message that was named by a digest which was sent is as good as its own. A
round in which none was shows nothing, and fails.
"""
