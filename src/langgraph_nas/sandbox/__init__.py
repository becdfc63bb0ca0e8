"""Where hostile programs run: one protocol, three kinds of sandbox, one harness inside."""
