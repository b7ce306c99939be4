from sentry_twilio.emulator.command import emulator

if __name__ == "__main__":
    emulator(prog_name="python -m sentry_twilio.emulator")
